"""The OpenAI Agents SDK's runner with a scripted model."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from plan import HEADERS, TASK, URL, next_step, read, report

shown: list[int] = []
calls: list[str] = []


class Scripted(Model):
    async def get_response(self, *_: Any, **asked: Any) -> ModelResponse:
        shown.append(len(asked["tools"]))
        items = [] if isinstance(asked["input"], str) else asked["input"]
        step = next_step([read(item["output"]) for item in items if item.get("type") == "function_call_output"])
        return ModelResponse(output=[self._output(step)], usage=Usage(), response_id=None)

    def _output(self, step: Any) -> Any:
        if not step.tool:
            text = ResponseOutputText(text=step.say, type="output_text", annotations=[])
            return ResponseOutputMessage(
                id="final", content=[text], role="assistant", status="completed", type="message"
            )
        calls.append(step.tool)
        call_id = f"call-{len(calls)}"
        arguments = json.dumps(step.arguments)
        return ResponseFunctionToolCall(call_id=call_id, name=step.tool, arguments=arguments, type="function_call")

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


async def main() -> None:
    set_tracing_disabled(disabled=True)
    async with MCPServerStreamableHttp(params={"url": URL, "headers": HEADERS}) as server:
        agent = Agent(name="points", model=Scripted(), mcp_servers=[server])
        result = await Runner.run(agent, TASK)
    report(min(shown), calls, result.final_output)


asyncio.run(main())
