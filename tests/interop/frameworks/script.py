"""What the scripted models of all frameworks do, and how the examples are driven: a model that asks for one refund, asks again by
its ticket as long as there is one, and ends with what it was told last.

One wish a line on the standard input: the arguments of a refund as JSON. One answer a line on the standard output."""

import asyncio
import importlib
import json
import re
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
TICKET = re.compile(r"Ticket (cnv_[0-9a-f]+)")


def example(folder, module):
    """A module of an example, as whoever copies it would have it."""
    sys.path.insert(0, str(EXAMPLES / folder))
    return importlib.import_module(module)


def next_step(wish, told):
    """(tool, arguments), or words where there is nothing left to do. `wish`: the refund, as JSON. `told`: the results so far."""
    if not told:
        return "issue_refund", json.loads(wish)
    if ticket := TICKET.search(told[-1]):
        return "check_approval", {"ticket": ticket[1], "wait_seconds": 10}
    return f"They told me: {told[-1]}"


def drive(answer):
    """Answers each wish with what `answer` makes of it."""

    async def all_of_them():
        for line in sys.stdin:
            print(json.dumps(await answer(line.strip())), flush=True)

    asyncio.run(all_of_them())
