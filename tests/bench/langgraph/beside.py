"""LangGraph beside Countersign: approvals that wait in its SqliteSaver, in a file.

The graph is the smallest that does the task, in the way of LangGraph's own guide: an agent wants a refund and reads the
order, which this process answers; the tool calls interrupt() with what a person needs to see, and refunds once it is resumed.
Journal, synchronisation and durability are the defaults of LangGraph and of SqliteSaver.

    beside.py FILE    one question a line on the standard input, one answer a line on the standard output, both JSON

    {"hold": 300, "agents": 100}    leaves so many approvals waiting, by so many threads -> {"seconds": 2.7}
    {"resume": 40}                  approves the oldest, one by one -> {"called": [ms, ...], "done": [ms, ...]}
    {"size": true}                  -> {"bytes": of the file, everything written back into it, "held": by how many}
"""

import json
import os
import sqlite3
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

MS = 1e3


class State(TypedDict, total=False):
    arguments: dict[str, Any]
    claim: str
    evidence: dict[str, Any]
    result: dict[str, Any]


def get_order(order: str) -> dict[str, Any]:
    """What the sample CRM says of an order, as far as the card shows it."""
    return {
        "total": 18_900,
        "refunded": 0,
        "currency": "EUR",
        "status": "delivered",
        "delivered_at": "2026-11-16",
        "payment": "card",
        "customer_id": "C-" + order.split("-")[0],
        "customer_name": "Ana Ruiz",
    }


class Beside:
    def __init__(self, file: str) -> None:
        self.file = file
        self.database = sqlite3.connect(file, check_same_thread=False)
        graph = StateGraph(State)
        graph.add_node("agent", lambda state: {"evidence": get_order(state["arguments"]["order_number"])})
        graph.add_node("refund", self.refund)
        graph.add_edge(START, "agent")
        graph.add_edge("agent", "refund")
        graph.add_edge("refund", END)
        self.graph = graph.compile(checkpointer=SqliteSaver(self.database))
        self.waiting: deque[str] = deque()
        self.held = 0
        # When the tool was called last.
        self.called = 0.0

    def refund(self, state: State) -> State:
        request = {"action": "issue_refund", "args": state["arguments"]}
        may = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": False}
        card = {"action_request": request, "config": may, "description": state["claim"], "evidence": state["evidence"]}
        decision = interrupt(card)
        assert decision["type"] == "accept"
        self.called = time.perf_counter()
        return {"result": {"refund_id": "r1", "amount_minor": state["arguments"]["amount_minor"]}}

    def ask(self, order: str) -> None:
        arguments = {"order_number": order, "amount_minor": 18_900, "currency": "EUR", "reason": "damaged"}
        claim = f"The customer asks for €189.00 back on order {order}. They say that it came damaged."
        held = self.graph.invoke({"arguments": arguments, "claim": claim}, self.thread(order))
        assert held["__interrupt__"], held

    def thread(self, order: str) -> dict[str, Any]:
        return {"configurable": {"thread_id": order}}

    def hold(self, count: int, agents: int) -> dict[str, Any]:
        orders = [f"2001-{self.held + nth}" for nth in range(count)]
        with ThreadPoolExecutor(agents) as pool:
            begun = time.perf_counter()
            for _done in pool.map(self.ask, orders):
                pass
            seconds = time.perf_counter() - begun
        self.held += count
        self.waiting.extend(orders)
        return {"seconds": seconds}

    def resume(self, count: int) -> dict[str, Any]:
        called, done = [], []
        for _ in range(count):
            thread = self.thread(self.waiting.popleft())
            begun = time.perf_counter()
            ended = self.graph.invoke(Command(resume={"type": "accept"}), thread)
            done.append((time.perf_counter() - begun) * MS)
            called.append((self.called - begun) * MS)
            assert ended["result"]["amount_minor"] == 18_900
        return {"called": called, "done": done}

    def size(self) -> dict[str, Any]:
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return {"bytes": os.path.getsize(self.file), "held": self.held}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "hold" in question:
            return self.hold(question["hold"], question["agents"])
        if "resume" in question:
            return self.resume(question["resume"])
        return self.size()


def main() -> None:
    beside = Beside(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(beside.answer(json.loads(line))), flush=True)


main()
