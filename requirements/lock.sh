# Pins every requirement, with hashes and without any index address. LATEST bounds what may be chosen.
set -eu
LATEST=${LATEST:-2026-11-20}
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --exclude-newer $LATEST"
uv pip compile pyproject.toml --all-extras --group dev $options -o requirements/dev.txt
uv pip compile pyproject.toml --all-extras $options -o requirements/run.txt
echo uv | uv pip compile - $options -o requirements/installer.txt
for judge in pydantic-ai openai-agents langchain node; do
    uv pip compile requirements/judges-$judge.in $options -o requirements/judges-$judge.txt
done
python tests/support/judges.py --lock
if grep -rn '://' requirements/*.txt tests/clients/node/package-lock.json; then
    echo "a lock file names a host" >&2
    exit 1
fi
