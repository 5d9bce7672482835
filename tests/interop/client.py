"""The official Python client at the gateway, with nothing changed but the address and the token: what it lists, a call that a
rule holds, its progress and its ticket, and what a person decided. In the revision that its argument names."""

import asyncio
import json
import sys

import httpx2
import mcp
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

REFUND = {"order_number": "1042", "amount_minor": 12900, "currency": "EUR", "reason": "damaged"}


def tell(**said):
    print(json.dumps(said), flush=True)


async def use(client):
    tell(tools=[tool.name for tool in (await client.list_tools()).tools])

    async def progress(_done, _of, words):
        tell(progress=words)

    async def call(name, arguments, **more):
        result = await client.call_tool(name, arguments, **more)
        tell(
            result=result.content[0].text,
            is_error=result.is_error,
            structured=result.structured_content,
        )
        return result

    try:
        await client.call_tool("cancel_order", {})
    except mcp.MCPError as error:
        tell(refused=str(error))
    pending = await call("issue_refund", REFUND, progress_callback=progress)
    ticket = pending.structured_content["ticket"]
    while True:
        told = await call("check_approval", {"ticket": ticket, "wait_seconds": 10})
        if (told.structured_content or {}).get("status") != "pending":
            return


async def main(url, token, revision):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        if revision == "2025-11-25":
            async with transport as streams, ClientSession(streams[0], streams[1]) as session:
                tell(version=(await session.initialize()).protocol_version)
                await use(session)
        else:
            async with mcp.Client(transport) as client:
                tell(version=client.protocol_version)
                await use(client)


asyncio.run(main(*sys.argv[1:]))
