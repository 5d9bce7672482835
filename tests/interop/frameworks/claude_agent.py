"""docs/examples/claude-agent-sdk/agent.py with a scripted model: claude_agent.py URL TOKEN."""

import sys
import tempfile

from claude_agent_sdk import AssistantMessage, ToolUseBlock

from claude_api import GATED, serve
from script import drive, example

url, token = sys.argv[1:]
agent = example("claude-agent-sdk", "agent")
home = tempfile.TemporaryDirectory(prefix="countersign-interop-")
# Nothing but the model on this machine is asked, and nothing of whoever runs this is read.
environment = {
    "ANTHROPIC_BASE_URL": serve(),
    "ANTHROPIC_API_KEY": "scripted",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CONFIG_DIR": f"{home.name}/.claude",
    "HOME": home.name,
    "MCP_TOOL_TIMEOUT": "600000",
}
chosen = agent.options("claude-scripted", url, token, env=environment, cwd=home.name)


async def answer(wish):
    messages = await agent.run(wish, chosen)
    used = [block for message in messages if isinstance(message, AssistantMessage) for block in message.content]
    names = [block.name for block in used if isinstance(block, ToolUseBlock)]
    return {
        "said": agent.words(messages),
        "calls": [name.removeprefix(GATED) for name in names if name.startswith(GATED)],
        "refused": [name for name in names if not name.startswith(GATED)],
    }


drive(answer)
