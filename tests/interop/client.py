"""The official Python client at the gateway, with nothing changed but the address and the token, in the revision that its
argument names. One request a line on the standard input, one answer a line on the standard output, both JSON; requests that
are asked while others wait are answered as they end."""

import asyncio
import json
import sys

import httpx2
import mcp
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


def tell(**said):
    print(json.dumps(said), flush=True)


async def answer(client, request):
    which = request["id"]

    async def heard(_done, _of, words):
        tell(id=which, progress=words)

    try:
        if "list" in request:
            answered = await client.list_tools()
        else:
            more = {"progress_callback": heard} if request["progress"] else {}
            answered = await client.call_tool(
                request["call"], request["arguments"], read_timeout_seconds=120, meta=request.get("meta"), **more
            )
        tell(id=which, result=answered.model_dump(mode="json", by_alias=True, exclude_none=True))
    except mcp.MCPError as error:
        tell(id=which, error=str(error))


async def use(client):
    lines = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with asyncio.TaskGroup() as asked:
        async for line in lines:
            asked.create_task(answer(client, json.loads(line)))


async def main(url, token, revision):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
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
