"""The approvals of an agent that already interrupts itself, decided at Countersign's desk: what LangChain's human-in-the-loop
middleware or an agent inbox asks goes in, what each of them wants for an answer comes out.

The gate executes what it was asked for, once, as people signed it. So an answer is never "approve" or "accept", with which the
agent would execute the call itself, past the gate: it is the result, in the place of the agent's own tool.

    answer = await answered(interrupt.value, session)      # session: an MCP session at the gateway
    graph.invoke(Command(resume=answer), config)
"""

from mcp import ClientSession

TICKET = {"wait_seconds": 60}


async def decided(session: ClientSession, tool: str, arguments: dict, why: str | None):
    """Asks for a call and waits until it was decided and has ended: its words, and whether nothing was done."""
    meta = {"countersign/reason": why} if why else None
    result = await session.call_tool(tool, arguments, meta=meta)
    while (result.structuredContent or {}).get("status") == "pending":
        ticket = {"ticket": result.structuredContent["ticket"]}
        result = await session.call_tool("check_approval", ticket | TICKET)
    return "\n".join(block.text for block in result.content if block.type == "text"), bool(result.isError)


async def for_middleware(request: dict, session: ClientSession):
    """An answer to HumanInTheLoopMiddleware: a decision for each request, in their order."""
    decisions = []
    for action in request["action_requests"]:
        words, failed = await decided(session, action["name"], action["args"], action.get("description"))
        decisions.append({"type": "reject" if failed else "respond", "message": words})
    return {"decisions": decisions}


async def for_inbox(requests: list[dict], session: ClientSession):
    """An answer in the schema of agent-inbox: a list with one response for its one request."""
    [request] = requests
    action = request["action_request"]
    if not request["config"]["allow_respond"]:
        raise ValueError(f"{action['action']} takes no answer in the place of its result: allow it to be responded to")
    words, _ = await decided(session, action["action"], action["args"], request.get("description"))
    return [{"type": "response", "args": words}]


async def answered(asked, session: ClientSession):
    """The answer to the value of an interrupt, in the schema that it is written in."""
    if isinstance(asked, dict) and "action_requests" in asked:
        return await for_middleware(asked, session)
    return await for_inbox(asked if isinstance(asked, list) else [asked], session)
