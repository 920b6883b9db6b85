"""The tool list as a model and as the wire see it, and what it costs in tokens (o200k, counted by gpt-tokenizer)."""

import subprocess
from collections.abc import Sequence
from typing import Any

import orjson
from mcp import types

from support.bench import connection_to
from support.judges import node_package, node_program
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import PROFILES
from trunkline_gateway.calls.catalog import Catalog, Tool, Tools
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.surfaces.mcp import describe

_COUNT = """
const { encode } = require(process.argv[1]);
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => encode(text).length)));
"""


def tools_of(profile: str) -> Tools:
    """The tools of a profile where every installed vendor is connected once."""
    manifests = list(load_plugins().manifests.values())
    connections = [connection_to(item, item.open_sandbox(COMPANY), item.vendor) for item in manifests if item.sandbox]
    names = tuple(contract.name for contract in PROFILES[profile])
    return Catalog().tools(names, {connection.name: connection for connection in connections})


def as_model_sees(tool: Tool) -> str:
    """What every framework hands to its model: name, description and arguments, as compact JSON."""
    shown: dict[str, Any] = {"name": tool.contract.name, "description": tool.contract.summary}
    return orjson.dumps({**shown, "input_schema": tool.input_schema}).decode()


def as_wire_carries(tools: Tools) -> str:
    """The whole result of tools/list, with output schemas and annotations."""
    result = types.ListToolsResult(tools=[describe(tool) for tool in tools.values()], ttl_ms=1, cache_scope="private")
    return result.model_dump_json(by_alias=True, exclude_none=True)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text; needs the judges' Node environment."""
    tokenizer = str(node_package("gpt-tokenizer") / "cjs/encoding/o200k_base.js")
    command = [node_program("node")[0], "-e", _COUNT, tokenizer]
    done = subprocess.run(command, input=orjson.dumps(list(texts)), stdout=subprocess.PIPE, check=True)
    counts: list[int] = orjson.loads(done.stdout)
    return counts
