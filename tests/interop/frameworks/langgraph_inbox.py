"""docs/examples/langgraph/inbox.py with agents that interrupt themselves: langgraph_inbox.py URL TOKEN SCHEMA, where the schema is
that of the middleware or of agent-inbox. Their own tool must never run."""

import json
import sys
import uuid

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
import httpx

from langgraph_model import Scripted
from script import drive, example

url, token, schema = sys.argv[1:]
inbox = example("langgraph", "inbox")
ran = []


@tool
def issue_refund(order_number: str, amount_minor: int, currency: str, reason: str) -> str:
    """Pays a customer back."""
    ran.append(order_number)
    return "The agent's own tool ran, past the gate."


def by_middleware():
    may = {"allowed_decisions": ["approve", "edit", "reject", "respond"]}
    asks = HumanInTheLoopMiddleware(interrupt_on={"issue_refund": may})
    return create_agent(Scripted(), [issue_refund], middleware=[asks], checkpointer=InMemorySaver())


def by_inbox():
    def act(state):
        arguments = json.loads(state["messages"][0].text)
        request = {"action": "issue_refund", "args": arguments}
        may = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
        [said] = interrupt([{"action_request": request, "config": may, "description": "It came damaged."}])
        if said["type"] == "accept":
            return {"messages": [("ai", issue_refund.invoke(arguments))]}
        return {"messages": [("ai", f"They told me: {said['args']}")]}

    graph = StateGraph(MessagesState)
    graph.add_node("act", act)
    graph.add_edge(START, "act")
    graph.add_edge("act", END)
    return graph.compile(checkpointer=InMemorySaver())


async def answer(wish):
    graph = by_middleware() if schema == "middleware" else by_inbox()
    thread = {"configurable": {"thread_id": uuid.uuid4().hex}}
    ended = await graph.ainvoke({"messages": [("user", wish)]}, thread)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=120) as http,
        streamable_http_client(url, http_client=http) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        resume = await inbox.answered(ended["__interrupt__"][0].value, session)
    ended = await graph.ainvoke(Command(resume=resume), thread)
    return {"said": ended["messages"][-1].text, "ran": ran}


drive(answer)
