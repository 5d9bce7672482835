"""An agent of OpenAI's Agents SDK whose tools stand behind Countersign: nothing is changed but the address and the token.

    COUNTERSIGN_TOKEN=csa_… python agent.py http://127.0.0.1:4312/mcp gpt-… "Refund order 1042, it came damaged"
"""

import asyncio
import os
import sys

from agents import Agent, Runner
from agents.mcp import MCPServerStreamableHttp

INSTRUCTIONS = """You look after orders. Some calls wait for a person. A result with a ticket means that one waits: call
check_approval with the ticket until it tells how it ended, and never make the call itself again. Tell the customer what was
done, which may be less than you asked for."""

# A call that waits for a person keeps its connection as long as the grant says. The SDK would give up after five seconds.
PATIENCE_SECONDS = 3600


def gateway(url, token):
    """The tools that this agent is granted, as they are at every other server of the protocol."""
    headers = {"Authorization": f"Bearer {token}"}
    params = {"url": url, "headers": headers, "timeout": PATIENCE_SECONDS, "sse_read_timeout": PATIENCE_SECONDS}
    return MCPServerStreamableHttp(params, name="countersign", client_session_timeout_seconds=PATIENCE_SECONDS)


async def run(model, url, token, wish):
    """What an agent with this model says to a wish, and all that was said until then."""
    async with gateway(url, token) as server:
        agent = Agent("Orders", instructions=INSTRUCTIONS, model=model, mcp_servers=[server])
        return await Runner.run(agent, wish)


if __name__ == "__main__":
    address, model_name, asked = sys.argv[1:]
    print(asyncio.run(run(model_name, address, os.environ["COUNTERSIGN_TOKEN"], asked)).final_output)
