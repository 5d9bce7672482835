"""docs/examples/langgraph/agent.py with a scripted model: langgraph_agent.py URL TOKEN."""

import sys

from langchain_core.messages import ToolMessage

from langgraph_model import Scripted
from script import drive, example

url, token = sys.argv[1:]
agent = example("langgraph", "agent")


async def answer(wish):
    messages = await agent.run(Scripted(), url, token, wish)
    told = [message for message in messages if isinstance(message, ToolMessage)]
    return {"said": messages[-1].text, "calls": [message.name for message in told]}


drive(answer)
