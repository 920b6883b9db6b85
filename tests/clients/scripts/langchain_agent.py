"""LangChain's agent and its MCP adapter with a scripted chat model."""

import asyncio
from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_mcp_adapters.client import MultiServerMCPClient
from plan import HEADERS, TASK, URL, next_step, read, report

shown: list[int] = []
calls: list[str] = []


class Scripted(BaseChatModel):
    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Any:
        shown.append(len(tools))
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        step = next_step([read(message.content) for message in messages if isinstance(message, ToolMessage)])
        if step.tool:
            calls.append(step.tool)
            call = {"name": step.tool, "args": step.arguments, "id": f"call-{len(calls)}"}
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content="", tool_calls=[call]))])
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=step.say))])


async def main() -> None:
    client = MultiServerMCPClient({"trunkline": {"transport": "streamable_http", "url": URL, "headers": HEADERS}})
    agent = create_agent(Scripted(), await client.get_tools())
    result = await agent.ainvoke({"messages": [{"role": "user", "content": TASK}]})
    report(min(shown), calls, result["messages"][-1].content)


asyncio.run(main())
