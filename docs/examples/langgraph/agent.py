"""A LangChain agent (a LangGraph graph) whose tools stand behind Countersign: nothing is changed but the address and the token.

    COUNTERSIGN_TOKEN=csa_… python agent.py http://127.0.0.1:4312/mcp anthropic:claude-… "Refund order 1042, it came damaged"
"""

import asyncio
import os
import sys

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient

INSTRUCTIONS = """You look after orders. Some calls wait for a person. A result with a ticket means that one waits: call
check_approval with the ticket until it tells how it ended, and never make the call itself again. Tell the customer what was
done, which may be less than you asked for."""


def gateway(url, token):
    """The tools that this agent is granted, as they are at every other server of the protocol."""
    headers = {"Authorization": f"Bearer {token}"}
    # A call that waits for a person keeps its connection as long as the grant says: read no less long.
    return MultiServerMCPClient(
        {"countersign": {"transport": "http", "url": url, "headers": headers, "sse_read_timeout": 3600}}
    )


async def run(model, url, token, wish):
    """What an agent with this model says to a wish, and all that was said until then."""
    tools = await gateway(url, token).get_tools()
    agent = create_agent(model, tools, system_prompt=INSTRUCTIONS)
    ended = await agent.ainvoke({"messages": [{"role": "user", "content": wish}]})
    return ended["messages"]


if __name__ == "__main__":
    address, model_name, asked = sys.argv[1:]
    print(asyncio.run(run(model_name, address, os.environ["COUNTERSIGN_TOKEN"], asked))[-1].text)
