"""A LangChain agent that asks our corpus: ``langchain_agent.py HOME "question"``.

Any chat model that calls tools will do: name one in ``AGENT_MODEL`` (as LangChain's
``init_chat_model`` takes it, e.g. ``openai:gpt-5-mini``). Without one, a stand-in calls
the tool once and repeats what it says, so that the example runs anywhere.
"""

import os
import sys
from pathlib import Path

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from rag import open_app, papers_tool


class CallsTheTool(BaseChatModel):
    """Stands in for a chat model: asks the papers, then answers with what they say."""

    @property
    def _llm_type(self) -> str:
        return "calls-the-tool"

    def bind_tools(self, *_args: object, **_kwargs: object) -> BaseChatModel:
        """Return the model; it knows the one tool there is."""
        return self

    def _generate(
        self, messages: list[BaseMessage], *_args: object, **_kwargs: object
    ) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage):
            reply = AIMessage(content=f"According to the papers: {last.text}")
        else:
            call = {"name": "ask_papers", "args": {"question": last.text}, "id": "call-1"}
            reply = AIMessage(content="", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=reply)])


app = open_app(home=Path(sys.argv[1]))
app.ensure_corpus()
named = os.environ.get("AGENT_MODEL")
model = init_chat_model(named) if named else CallsTheTool()
agent = create_agent(
    model, tools=[papers_tool(app)], system_prompt="Keep citation marks and sources."
)
state = agent.invoke({"messages": [{"role": "user", "content": sys.argv[2]}]})
print(state["messages"][-1].text)
