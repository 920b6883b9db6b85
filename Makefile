# `make demo` and `make test` set up all they need in .venv, from pinned and hashed requirements.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test quick check example judges bench lock clean

setup: $(READY)

$(READY): requirements/dev.txt requirements/installer.txt pyproject.toml
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt
	UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: setup  ## Watch an agent work five vendors, with no account at any of them.
	$(BIN)/trunkline demo

test: setup  ## The whole suite.
	$(BIN)/python -m pytest -n 2 --dist loadfile

quick: setup  ## The suite of a quick change: under two minutes. Of the plugins, those that the change touches.
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" -q $$($(BIN)/python tests/support/quick.py)

check: setup  ## Lint, types, walls.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

example: setup  ## The example plugin of docs/: installed beside the environment, and tested on its own.
	rm -rf build/example
	$(BIN)/uv pip install --quiet --offline --python $(BIN)/python --no-deps --no-build-isolation --target build/example docs/example-plugin
	cd docs/example-plugin && PYTHONPATH=$(CURDIR)/build/example $(CURDIR)/$(BIN)/pytest -q -p no:cacheprovider

judges: setup  ## The environments of the real clients and of the MCP conformance suite, under .judges.
	$(BIN)/python tests/support/judges.py

bench: setup  ## What a call costs, beside what it is compared with.
	$(BIN)/python bench/run.py

lock: setup  ## Pin all requirements again; no file names a host.
	VIRTUAL_ENV=.venv sh requirements/lock.sh

clean:
	rm -rf .venv .judges build
