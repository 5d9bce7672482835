"""An agent that is instrumented by OpenTelemetry's conventions for generative AI and nothing of ours: it exports its spans
over OTLP, as protobuf, compressed, to wherever the environment says, and prints the trace that it worked in."""

import json
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

conversation, question, answer = sys.argv[1:4]
provider = TracerProvider(resource=Resource.create({"service.name": "billing"}))
exported = BatchSpanProcessor(OTLPSpanExporter())
provider.add_span_processor(exported)
tracer = provider.get_tracer("billing.agent")


def text(role, content):
    return {"role": role, "parts": [{"type": "text", "content": content}]}


with tracer.start_as_current_span("invoke_agent billing") as agent:
    agent.set_attribute("gen_ai.operation.name", "invoke_agent")
    agent.set_attribute("gen_ai.agent.name", "billing")
    # A list of texts: some attribute of the conventions is one.
    agent.set_attribute("gen_ai.response.finish_reasons", [])
    with tracer.start_as_current_span("chat gpt-4.1") as chat:
        chat.set_attribute("gen_ai.operation.name", "chat")
        chat.set_attribute("gen_ai.conversation.id", conversation)
        chat.set_attribute("gen_ai.provider.name", "openai")
        chat.set_attribute("gen_ai.request.model", "gpt-4.1")
        chat.set_attribute("gen_ai.usage.input_tokens", 812)
        chat.set_attribute("gen_ai.usage.output_tokens", 64)
        history = [text("system", "Be brief."), text("user", question)]
        chat.set_attribute("gen_ai.input.messages", json.dumps(history))
        chat.set_attribute("gen_ai.output.messages", json.dumps([text("assistant", answer)]))
    with tracer.start_as_current_span("GET /orders") as request:
        request.set_attribute("http.request.method", "GET")
    context = agent.get_span_context()

provider.shutdown()
print(f"{trace.format_trace_id(context.trace_id)} {trace.format_span_id(context.span_id)}")
