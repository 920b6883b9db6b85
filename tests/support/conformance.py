"""What the MCP conformance suite asks for by name, in front of our own surface: a fixture of tests alone.

The suite calls tools, prompts and resources that only a test server has. They are answered here; every other name
reaches the gateway's own handlers, and all of it passes the gateway's own guard and session manager.
"""

import asyncio
import base64
import json
import secrets
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, PromptsListChanged, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from trunkline_gateway.access.clients import Caller
from trunkline_gateway.surfaces.mcp import McpSurface, mcp_server

Context = ServerRequestContext[Any, Any]
ToolResult = types.CallToolResult | types.InputRequiredResult
Tool = Callable[[Context, types.CallToolRequestParams], Awaitable[ToolResult]]
PromptResult = types.GetPromptResult | types.InputRequiredResult

_PAUSE_S = 0.05
_CACHE: dict[str, Any] = {"ttl_ms": 1_000, "cache_scope": "public"}
_NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}}


def anyone(caller: Caller) -> Callable[[str | None], Awaitable[Caller]]:
    """Lets everyone in as one caller: the suite cannot send a bearer header."""

    async def authenticate(_: str | None) -> Caller:
        return caller

    return authenticate


def conformance_server(surface: McpSurface) -> Server[Any]:
    """The gateway's server with the suite's names added, and with sealed request states."""
    fixture = Fixture(surface)
    server = mcp_server(
        surface,
        on_list_tools=fixture.list_tools,
        on_call_tool=fixture.call_tool,
        on_list_resources=_list_resources,
        on_list_resource_templates=_list_resource_templates,
        on_read_resource=_read_resource,
        on_subscribe_resource=_nothing,
        on_unsubscribe_resource=_nothing,
        on_subscriptions_listen=ListenHandler(fixture.bus),
        on_list_prompts=_list_prompts,
        on_get_prompt=_get_prompt,
        on_completion=_complete,
        on_set_logging_level=_nothing,
    )
    security = RequestStateSecurity(keys=[secrets.token_bytes(32)])
    server.middleware.append(RequestStateBoundary(security, default_audience=server.name))
    return server


class Fixture:
    """Our surface's tool handlers with the suite's tools in front."""

    def __init__(self, surface: McpSurface) -> None:
        self.bus = InMemorySubscriptionBus()
        self._surface = surface
        self._tools: dict[str, Tool] = {
            **_TOOLS,
            "test_trigger_tool_change": self._trigger_tool_change,
            "test_trigger_prompt_change": self._trigger_prompt_change,
        }

    async def list_tools(self, context: Context, page: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        ours = await self._surface.list_tools(context, page)
        theirs = [
            types.Tool(name=name, description="For the conformance suite.", input_schema=_NO_ARGUMENTS)
            for name in self._tools
        ]
        return ours.model_copy(update={"tools": [*ours.tools, *theirs]})

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> ToolResult:
        tool = self._tools.get(params.name)
        return await (tool(context, params) if tool else self._surface.call_tool(context, params))

    async def _trigger_tool_change(self, _: Context, __: types.CallToolRequestParams) -> ToolResult:
        await self.bus.publish(ToolsListChanged())
        return _said("The tools changed.")

    async def _trigger_prompt_change(self, _: Context, __: types.CallToolRequestParams) -> ToolResult:
        await self.bus.publish(PromptsListChanged())
        return _said("The prompts changed.")


def _said(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)


def _png() -> str:
    """One red pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = b"\0\0\0\1\0\0\0\1\x08\2\0\0\0"
    pixel = zlib.compress(b"\0\xff\0\0")
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def _wav() -> str:
    """One silent sample."""
    shape = b"\x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"
    return base64.b64encode(b"RIFF\x25\0\0\0WAVEfmt " + shape + b"data\1\0\0\0\x80").decode()


_IMAGE = types.ImageContent(data=_png(), mime_type="image/png")


def _embedded(uri: str, text: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    return types.EmbeddedResource(resource=types.TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def _gives(*content: types.ContentBlock, is_error: bool = False) -> Tool:
    """A tool that always answers the same."""

    async def tool(_: Context, __: types.CallToolRequestParams) -> ToolResult:
        return types.CallToolResult(content=list(content), is_error=is_error)

    return tool


async def _with_progress(context: Context, _: types.CallToolRequestParams) -> ToolResult:
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100)
        await asyncio.sleep(_PAUSE_S)
    return _said("Done.")


async def _with_logging(context: Context, _: types.CallToolRequestParams) -> ToolResult:
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.session.send_log_message("info", text, related_request_id=context.request_id)
        await asyncio.sleep(_PAUSE_S)
    return _said("Done.")


async def _with_sampling(context: Context, params: types.CallToolRequestParams) -> ToolResult:
    said = types.SamplingMessage(role="user", content=types.TextContent(text=(params.arguments or {})["prompt"]))
    answer = await context.session.create_message([said], max_tokens=100, related_request_id=context.request_id)
    return _said(f"LLM response: {answer.content}")


def _elicits(**properties: dict[str, Any]) -> Tool:
    """A tool that asks the user, the way of the older era: a request on the call's own stream."""
    schema = {"type": "object", "properties": properties}

    async def tool(context: Context, params: types.CallToolRequestParams) -> ToolResult:
        message = (params.arguments or {}).get("message", "Please fill this in.")
        answer = await context.session.elicit_form(message, schema, related_request_id=context.request_id)
        return _said(f"Elicitation completed: action={answer.action}, content={answer.content}")

    return tool


async def _needs_sampling(context: Context, _: types.CallToolRequestParams) -> ToolResult:
    if not _can(context, "sampling"):
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs sampling.",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return _said("Sampling is there.")


async def _streams_then_asks(context: Context, _: types.CallToolRequestParams) -> ToolResult:
    await context.session.report_progress(1, 2)
    return _asked(user_name=_question("What is your name?", "name"))


def _can(context: Context, capability: Literal["sampling", "elicitation"]) -> bool:
    declared = context.session.client_capabilities
    return declared is not None and getattr(declared, capability) is not None


def _question(message: str, field: str, kind: str = "string") -> types.ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def _sample(text: str) -> types.CreateMessageRequest:
    said = types.SamplingMessage(role="user", content=types.TextContent(text=text))
    return types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=[said], max_tokens=100))


def _asked(state: str | None = None, **requests: types.InputRequest) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def _asks(state: str | None = None, **requests: types.InputRequest) -> Tool:
    """A tool that asks first, and answers once every question has its answer and the state came back whole."""

    async def tool(_: Context, params: types.CallToolRequestParams) -> ToolResult:
        if requests.keys() <= (params.input_responses or {}).keys() and params.request_state == state:
            return _said(f"state-ok: {sorted(params.input_responses or {})}")
        return _asked(state, **requests)

    return tool


async def _asks_twice(_: Context, params: types.CallToolRequestParams) -> ToolResult:
    given = params.input_responses or {}
    if params.request_state == "second" and "step2" in given:
        return _said("Both steps are done.")
    if params.request_state == "first" and "step1" in given:
        return _asked("second", step2=_question("Step 2: What is your favorite color?", "color"))
    return _asked("first", step1=_question("Step 1: What is your name?", "name"))


async def _asks_what_it_may(context: Context, _: types.CallToolRequestParams) -> ToolResult:
    possible: dict[Literal["sampling", "elicitation"], types.InputRequest] = {
        "sampling": _sample("Say hello."),
        "elicitation": _question("What is your name?", "name"),
    }
    return _asked(None, **{name: request for name, request in possible.items() if _can(context, name)})


def _enum(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _titled(**titles: str) -> list[dict[str, str]]:
    return [{"const": value, "title": title} for value, title in titles.items()]


_OPTIONS = ("option1", "option2", "option3")
_TITLES = {"value1": "First Option", "value2": "Second Option", "value3": "Third Option"}
_ANSWER = "This is a simple text response for testing."
_TOOLS: dict[str, Tool] = {
    "test_simple_text": _gives(types.TextContent(text=_ANSWER)),
    "test_image_content": _gives(_IMAGE),
    "test_audio_content": _gives(types.AudioContent(data=_wav(), mime_type="audio/wav")),
    "test_embedded_resource": _gives(_embedded("test://embedded-resource", "This is an embedded resource content.")),
    "test_multiple_content_types": _gives(
        types.TextContent(text="Multiple content types test:"),
        _IMAGE,
        _embedded("test://mixed-content-resource", '{"test": "data", "value": 123}', "application/json"),
    ),
    "test_error_handling": _gives(
        types.TextContent(text="This tool intentionally returns an error for testing"), is_error=True
    ),
    "test_tool_with_progress": _with_progress,
    "test_tool_with_logging": _with_logging,
    "test_logging_tool": _with_logging,
    "test_sampling": _with_sampling,
    "test_elicitation": _elicits(
        username={"type": "string", "description": "User's response"},
        email={"type": "string", "description": "User's email address"},
    ),
    "test_elicitation_sep1034_defaults": _elicits(
        name={"type": "string", "default": "John Doe"},
        age={"type": "integer", "default": 30},
        score={"type": "number", "default": 95.5},
        status={**_enum("active", "inactive", "pending"), "default": "active"},
        verified={"type": "boolean", "default": True},
    ),
    "test_elicitation_sep1330_enums": _elicits(
        untitledSingle=_enum(*_OPTIONS),
        titledSingle={"type": "string", "oneOf": _titled(**_TITLES)},
        legacyEnum={**_enum("opt1", "opt2", "opt3"), "enumNames": ["Option One", "Option Two", "Option Three"]},
        untitledMulti={"type": "array", "items": _enum(*_OPTIONS)},
        titledMulti={"type": "array", "items": {"anyOf": _titled(**_TITLES)}},
    ),
    "test_missing_capability": _needs_sampling,
    "test_streaming_elicitation": _streams_then_asks,
    "test_input_required_result_elicitation": _asks(user_name=_question("What is your name?", "name")),
    "test_input_required_result_sampling": _asks(capital_question=_sample("What is the capital of France?")),
    "test_input_required_result_list_roots": _asks(client_roots=types.ListRootsRequest()),
    "test_input_required_result_request_state": _asks("whole", confirm=_question("Please confirm", "ok", "boolean")),
    "test_input_required_result_tampered_state": _asks("whole", confirm=_question("Please confirm", "ok", "boolean")),
    "test_input_required_result_multiple_inputs": _asks(
        "whole",
        user_name=_question("What is your name?", "name"),
        greeting=_sample("Generate a greeting"),
        client_roots=types.ListRootsRequest(),
    ),
    "test_input_required_result_multi_round": _asks_twice,
    "test_input_required_result_capabilities": _asks_what_it_may,
}


def _text_resource(uri: str, text: str, mime_type: str = "text/plain") -> types.TextResourceContents:
    return types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)


_RESOURCES: dict[str, types.TextResourceContents | types.BlobResourceContents] = {
    "test://static-text": _text_resource("test://static-text", "This is the content of the static text resource."),
    "test://static-binary": types.BlobResourceContents(uri="test://static-binary", mime_type="image/png", blob=_png()),
    "test://watched-resource": _text_resource("test://watched-resource", "Watch me."),
}
_TEMPLATE = ("test://template/", "/data")


async def _list_resources(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    listed = [
        types.Resource(uri=uri, name=uri, description="For the conformance suite.", mime_type=contents.mime_type)
        for uri, contents in _RESOURCES.items()
    ]
    return types.ListResourcesResult(resources=listed, **_CACHE)


async def _list_resource_templates(
    _: Context, __: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    before, after = _TEMPLATE
    template = types.ResourceTemplate(
        uri_template=f"{before}{{id}}{after}", name="template", description="For the conformance suite."
    )
    return types.ListResourceTemplatesResult(resource_templates=[template], **_CACHE)


async def _read_resource(_: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    uri = str(params.uri)
    before, after = _TEMPLATE
    if uri.startswith(before) and uri.endswith(after):
        found = {"id": uri.removeprefix(before).removesuffix(after), "templateTest": True}
        return types.ReadResourceResult(contents=[_text_resource(uri, json.dumps(found), "application/json")], **_CACHE)
    if uri not in _RESOURCES:
        raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
    return types.ReadResourceResult(contents=[_RESOURCES[uri]], **_CACHE)


async def _nothing(_: Context, __: Any) -> types.EmptyResult:
    return types.EmptyResult()


_PROMPTS = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}


async def _list_prompts(_: Context, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    prompts = [
        types.Prompt(
            name=name,
            description="For the conformance suite.",
            arguments=[types.PromptArgument(name=argument, required=True) for argument in arguments],
        )
        for name, arguments in _PROMPTS.items()
    ]
    return types.ListPromptsResult(prompts=prompts, **_CACHE)


async def _get_prompt(_: Context, params: types.GetPromptRequestParams) -> PromptResult:
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return _prompted(types.TextContent(text="This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            text = f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"
            return _prompted(types.TextContent(text=text))
        case "test_prompt_with_embedded_resource":
            embedded = _embedded(given["resourceUri"], "Embedded resource content for testing.")
            return _prompted(embedded, types.TextContent(text="Please process the embedded resource above."))
        case "test_prompt_with_image":
            return _prompted(_IMAGE, types.TextContent(text="Please analyze the image above."))
        case "test_input_required_result_prompt" if "user_context" in (params.input_responses or {}):
            return _prompted(types.TextContent(text="The context is known."))
        case "test_input_required_result_prompt":
            return _asked(user_context=_question("What context should the prompt use?", "context"))
    raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")


def _prompted(*contents: types.ContentBlock) -> types.GetPromptResult:
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=item) for item in contents])


async def _complete(_: Context, __: types.CompleteRequestParams) -> types.CompleteResult:
    return types.CompleteResult(completion=types.Completion(values=[]))
