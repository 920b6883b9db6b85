"""Pydantic AI's agent loop with a scripted model."""

import asyncio

from plan import HEADERS, TASK, URL, next_step, read, report
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

shown: list[int] = []
calls: list[str] = []


def decide(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    shown.append(len(info.function_tools))
    parts = [part for message in messages for part in message.parts]
    step = next_step([read(part.content) for part in parts if isinstance(part, ToolReturnPart)])
    if not step.tool:
        return ModelResponse(parts=[TextPart(step.say)])
    calls.append(step.tool)
    return ModelResponse(parts=[ToolCallPart(step.tool, step.arguments)])


async def main() -> None:
    agent = Agent(FunctionModel(decide), toolsets=[MCPToolset(URL, headers=HEADERS)])
    async with agent:
        result = await agent.run(TASK)
    report(min(shown), calls, result.output)


asyncio.run(main())
