"""docs/examples/openai-agents/agent.py with a scripted model: openai_agent.py URL TOKEN."""

import json
import sys
import uuid

from agents import Model, ModelResponse, Usage, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from script import drive, example, next_step

url, token = sys.argv[1:]
agent = example("openai-agents", "agent")
set_tracing_disabled(True)


def words(output):
    """The words of a tool's result, in whichever form the SDK hands it on."""
    if isinstance(output, str):
        try:
            output = json.loads(output)
        except ValueError:
            return output
    blocks = output if isinstance(output, list) else [output]
    return "\n".join(block.get("text", "") for block in blocks)


class Scripted(Model):
    async def get_response(self, system_instructions, input, *_more, **_rest):
        items = [{"content": input}] if isinstance(input, str) else input
        told = [words(item["output"]) for item in items if item.get("type") == "function_call_output"]
        step = next_step(items[0]["content"], told)
        which = uuid.uuid4().hex
        if isinstance(step, str):
            text = ResponseOutputText(text=step, type="output_text", annotations=[])
            said = ResponseOutputMessage(
                id=which, content=[text], role="assistant", status="completed", type="message"
            )
        else:
            name, args = step
            said = ResponseFunctionToolCall(name=name, arguments=json.dumps(args), call_id=which, type="function_call")
        return ModelResponse(output=[said], usage=Usage(), response_id=None)

    def stream_response(self, *_more, **_rest):
        raise NotImplementedError


async def answer(wish):
    ended = await agent.run(Scripted(), url, token, wish)
    calls = [item.raw_item.name for item in ended.new_items if item.type == "tool_call_item"]
    return {"said": ended.final_output, "calls": calls}


drive(answer)
