"""A model behind the interface that the Claude Agent SDK's program asks: it streams what the script says, and first tries a tool
that does not stand behind the gate."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from script import next_step

GATED = "mcp__countersign__"
# It writes nothing: it is refused before.
PAST_THE_GATE = ("Bash", {"command": "true", "description": "Nothing"})


def blocks(messages, kind):
    contents = [message["content"] for message in messages if isinstance(message["content"], list)]
    return [block for content in contents for block in content if block.get("type") == kind]


def words(content):
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)


def wish_of(messages):
    first = messages[0]["content"]
    texts = [first] if isinstance(first, str) else [block["text"] for block in first if block["type"] == "text"]
    return next(text for text in texts if text.startswith("{"))


def step(asked):
    """The one block that answers a request, with its delta and why it stops."""
    told = [words(block["content"]) for block in blocks(asked["messages"], "tool_result")]
    then = PAST_THE_GATE if not told else next_step(wish_of(asked["messages"]), told[1:])
    if isinstance(then, str):
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": then}, "end_turn"
    name, arguments = then
    name = name if then is PAST_THE_GATE else GATED + name
    block = {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:24]}", "name": name, "input": {}}
    return block, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}, "tool_use"


def stream(asked):
    block, delta, stop = step(asked)
    message = {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": 1},
    }
    yield {"type": "message_stop"}


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_more):
        pass

    def say(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"]))
        if self.path.partition("?")[0] != "/v1/messages":
            return self.say(404, "application/json", b"{}")
        events = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in stream(json.loads(asked))]
        return self.say(200, "text/event-stream", "".join(events).encode())


def serve():
    """The address of a model that answers until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
