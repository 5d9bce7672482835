"""An agent of the Claude Agent SDK whose tools stand behind Countersign, and that may use nothing else.

    COUNTERSIGN_TOKEN=csa_… python agent.py http://127.0.0.1:4312/mcp claude-… "Refund order 1042, it came damaged"
"""

import asyncio
import os
import sys

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    PermissionResultAllow,
    PermissionResultDeny,
    TextBlock,
)

INSTRUCTIONS = """You look after orders. Some calls wait for a person. A result with a ticket means that one waits: call
check_approval with the ticket until it tells how it ended, and never make the call itself again. Tell the customer what was
done, which may be less than you asked for."""

GATED = "mcp__countersign__"


async def can_use_tool(name, asked, _context):
    """What stands behind the gate is let through as it was asked for: there the rules and people decide, and what they change is in
    the result. All else would be executed here, past the gate, and is not."""
    if name.startswith(GATED):
        return PermissionResultAllow(updated_input=asked)
    return PermissionResultDeny(message=f"{name} does not stand behind Countersign, so it is not used here.")


def options(model, url, token, **more):
    headers = {"Authorization": f"Bearer {token}"}
    return ClaudeAgentOptions(
        model=model,
        system_prompt=INSTRUCTIONS,
        mcp_servers={"countersign": {"type": "http", "url": url, "headers": headers}},
        can_use_tool=can_use_tool,
        # Nothing of the machine that it runs on: no settings that allow a tool beforehand.
        setting_sources=[],
        **more,
    )


async def run(wish, chosen):
    """All messages of an agent with these options, until it has done with a wish."""
    async with ClaudeSDKClient(chosen) as client:
        await client.query(wish)
        return [message async for message in client.receive_response()]


def words(messages):
    """What it said last."""
    said = [message for message in messages if isinstance(message, AssistantMessage)]
    return "".join(block.text for block in said[-1].content if isinstance(block, TextBlock))


if __name__ == "__main__":
    address, model_name, wanted = sys.argv[1:]
    chosen_ones = options(model_name, address, os.environ["COUNTERSIGN_TOKEN"], env={"MCP_TOOL_TIMEOUT": "3600000"})
    print(words(asyncio.run(run(wanted, chosen_ones))))
