"""A model of LangChain's that follows the script."""

import uuid

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from script import next_step


class Scripted(BaseChatModel):
    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **_more):
        return self

    def _generate(self, messages, stop=None, run_manager=None, **_more):
        wish = next(message.text for message in messages if isinstance(message, HumanMessage))
        told = [message.text for message in messages if isinstance(message, ToolMessage)]
        step = next_step(wish, told)
        if isinstance(step, str):
            said = AIMessage(step)
        else:
            name, args = step
            said = AIMessage("", tool_calls=[{"name": name, "args": args, "id": f"call_{uuid.uuid4().hex}"}])
        return ChatResult(generations=[ChatGeneration(message=said)])
