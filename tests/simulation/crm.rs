//! The CRM behind the tools: its own record of what arrived and what it did, kept apart from the log, and everything
//! that goes wrong with a tool server. It is not idempotent: what is sent twice happens twice, and is found.

use crate::chance::Chance;
use crate::clock::pass;
use async_trait::async_trait;
use countersign_domain::tool::ToolDefinition;
use countersign_event_log::log::ReadLog;
use countersign_event_log::memory::MemoryLog;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use countersign_testkit::crm_definitions;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An order of the shop.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) number: &'static str,
    pub(crate) postcode: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) currency: &'static str,
    /// Titles and amounts.
    pub(crate) lines: &'static [(&'static str, i64)],
}

/// The shop's orders.
pub(crate) const ORDERS: [Order; 6] = [
    Order {
        number: "1042",
        postcode: "46001",
        owner: "C-2001",
        currency: "EUR",
        lines: &[("Varde 45 rucksack", 12_900), ("Lykt headlamp", 4_900)],
    },
    Order {
        number: "1043",
        postcode: "46001",
        owner: "C-2001",
        currency: "EUR",
        lines: &[("Elv bottle", 2_400), ("Skog tent", 64_900)],
    },
    Order {
        number: "1051",
        postcode: "11122",
        owner: "C-2002",
        currency: "EUR",
        lines: &[("Varde 45 rucksack", 12_900), ("Rann poles", 4_400)],
    },
    Order { number: "1052", postcode: "11122", owner: "C-2002", currency: "SEK", lines: &[("Fjell jacket", 99_000)] },
    Order {
        number: "1061",
        postcode: "75011",
        owner: "C-2003",
        currency: "EUR",
        lines: &[("Elv bottle", 2_400), ("Lykt headlamp", 4_900)],
    },
    Order {
        number: "1062",
        postcode: "75011",
        owner: "C-2003",
        currency: "EUR",
        lines: &[("Skog tent", 64_900), ("Skog floor", 14_900)],
    },
];

/// The order by that number.
pub(crate) fn order(number: &str) -> Option<&'static Order> {
    ORDERS.iter().find(|order| order.number == number)
}

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) tool: String,
    /// The idempotency key of `_meta`.
    pub(crate) key: Option<String>,
    pub(crate) arguments: Value,
    /// How many events were durable when it arrived.
    pub(crate) log_size: u64,
}

/// Something that the CRM did to the world.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) tool: String,
    pub(crate) key: String,
    pub(crate) arguments: Value,
}

/// The CRM's own record.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) effects: Vec<Effect>,
    claimed: BTreeSet<String>,
    /// Calls that crawl somewhere behind a server that gave up on them.
    late: Vec<PermittedEffect>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone)]
struct PermittedEffect {
    tool: String,
    key: String,
    arguments: Value,
}

impl Books {
    fn refunded(&self, number: &str) -> i64 {
        let of = self.effects.iter().filter(|e| e.tool == "issue_refund" && e.arguments["order_number"] == number);
        of.map(|e| e.arguments["amount_minor"].as_i64().unwrap()).sum()
    }

    fn shown(&self, order: &Order) -> Value {
        let total: i64 = order.lines.iter().map(|(_, amount)| amount).sum();
        let lines: Vec<_> = order
            .lines
            .iter()
            .map(|(title, amount)| json!({"title": title, "quantity": 1, "amount_minor": amount}))
            .collect();
        json!({
            "order_number": order.number, "customer": {"id": order.owner, "name": "Ana Ruiz"},
            "currency": order.currency, "status": "delivered", "delivered_at": "2026-11-12T13:40:00.000Z",
            "payment": "card ending 4242", "lines": lines, "total_minor": total,
            "refunded_minor": self.refunded(order.number),
        })
    }

    /// Does it, or says why not.
    fn execute(&mut self, wanted: &PermittedEffect) -> Result<Value, &'static str> {
        if self.claimed.contains(&wanted.key) {
            return Err("This key was claimed: it can never be used.");
        }
        let number = wanted.arguments["order_number"].as_str().unwrap();
        let Some(order) = order(number) else { return Err("There is no such order.") };
        if wanted.tool == "issue_refund" {
            let total: i64 = order.lines.iter().map(|(_, amount)| amount).sum();
            if wanted.arguments["currency"] != order.currency {
                return Err("The order was paid in another currency.");
            }
            if self.refunded(number) + wanted.arguments["amount_minor"].as_i64().unwrap() > total {
                return Err("More than was paid.");
            }
        }
        self.effects.push(Effect {
            tool: wanted.tool.clone(),
            key: wanted.key.clone(),
            arguments: wanted.arguments.clone(),
        });
        Ok(json!({"refund_id": format!("R-{}", self.effects.len()), "amount_minor": wanted.arguments["amount_minor"]}))
    }

    /// What was crawling arrives now, if nobody claimed its key meanwhile.
    pub(crate) fn late_ones_arrive(&mut self) {
        for wanted in std::mem::take(&mut self.late) {
            let done = self.execute(&wanted).is_ok();
            *self.counts.entry(if done { "late effect" } else { "late effect refused" }).or_default() += 1;
        }
    }
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    None,
    Unreachable,
    Refuses,
    FailsBefore,
    FailsAfter,
    HangsBefore,
    HangsAfter,
    CrawlsOn,
    Huge,
    Garbage,
    Large,
}

/// How a CRM lies, where a test wants it to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Lie {
    /// Whatever has an effect is sent twice.
    Twice,
    /// Another amount arrives than was sent.
    OtherAmount,
    /// It says that it did what it did not do.
    SaysDone,
    /// Its probe says that it claimed a key, and it did not.
    ClaimsNothing,
}

/// The CRM as the gate calls it.
pub(crate) struct Crm {
    pub(crate) books: Mutex<Books>,
    /// Whether anything goes wrong.
    pub(crate) trouble: AtomicBool,
    lie: Mutex<Option<Lie>>,
    chance: Chance,
    log: Arc<MemoryLog>,
}

impl Crm {
    pub(crate) fn new(seed: u64, log: Arc<MemoryLog>) -> Self {
        Self {
            books: Mutex::default(),
            trouble: AtomicBool::new(false),
            lie: Mutex::default(),
            chance: Chance::new(seed, "crm"),
            log,
        }
    }

    /// The same CRM, which lies from here on.
    pub(crate) fn lying(self: Arc<Self>, lie: Lie) -> Arc<dyn ToolServers> {
        *self.lie.lock().unwrap() = Some(lie);
        self
    }

    fn lies(&self, lie: Lie) -> bool {
        *self.lie.lock().unwrap() == Some(lie)
    }

    fn drawn(&self) -> Trouble {
        if !self.trouble.load(Ordering::Relaxed) {
            return Trouble::None;
        }
        match self.chance.below(60) {
            0 | 1 => Trouble::Unreachable,
            2 => Trouble::Refuses,
            3 | 4 => Trouble::FailsBefore,
            5 | 6 => Trouble::FailsAfter,
            7 => Trouble::HangsBefore,
            8 | 9 => Trouble::HangsAfter,
            10 | 11 => Trouble::CrawlsOn,
            12 => Trouble::Huge,
            13 => Trouble::Garbage,
            14 if self.chance.one_in(40) => Trouble::Large,
            _ => Trouble::None,
        }
    }

    fn arrives(&self, call: &PermittedCall) {
        let mut books = self.books.lock().unwrap();
        if self.chance.one_in(3) {
            books.late_ones_arrive();
        }
        books.arrivals.push(Arrival {
            tool: call.tool().to_owned(),
            key: call.key().map(ToString::to_string),
            arguments: self.wanted(call).arguments,
            log_size: self.log.size(),
        });
    }

    /// What arrives of a call.
    fn wanted(&self, call: &PermittedCall) -> PermittedEffect {
        let mut wanted = effect(call);
        if self.lies(Lie::OtherAmount) && call.tool() == "issue_refund" {
            wanted.arguments["amount_minor"] = json!(1);
        }
        wanted
    }

    fn count(&self, what: &'static str) {
        *self.books.lock().unwrap().counts.entry(what).or_default() += 1;
    }

    /// Does what the call asks for.
    fn does(&self, call: &PermittedCall) -> ToolAnswer {
        let (mut books, arguments) = (self.books.lock().unwrap(), call.arguments());
        let answer = |result: Value| ToolAnswer { result, is_error: false };
        let refused = |why: &str| ToolAnswer { result: json!({"message": why}), is_error: true };
        let named = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
        match call.tool() {
            "find_order" => match order(&named("order_number")).filter(|o| o.postcode == named("postcode")) {
                Some(order) => answer(books.shown(order)),
                None => refused("There is no order with this number and postcode."),
            },
            "get_order" => match order(&named("order_number")) {
                Some(order) => answer(books.shown(order)),
                None => refused("There is no such order."),
            },
            "list_orders" => {
                let of = ORDERS.iter().filter(|o| o.owner == named("customer_id")).map(|o| o.number);
                answer(json!({"orders": of.collect::<Vec<_>>()}))
            }
            "get_customer" => answer(json!({"id": named("customer_id"), "name": "Ana Ruiz"})),
            "probe_refund" | "probe_change" => {
                let key = named("idempotency_key");
                if books.effects.iter().any(|e| e.key == key) {
                    return answer(json!({"state": "happened"}));
                }
                if !self.lies(Lie::ClaimsNothing) {
                    books.claimed.insert(key);
                }
                answer(json!({"state": "claimed"}))
            }
            _ if self.lies(Lie::SaysDone) => answer(json!({"refund_id": "R-0"})),
            tool => match books.execute(&self.wanted(call)) {
                Ok(result) => answer(result),
                Err(why) => refused(&format!("{tool}: {why}")),
            },
        }
    }
}

fn effect(call: &PermittedCall) -> PermittedEffect {
    let key = call.key().map(ToString::to_string).unwrap_or_default();
    PermittedEffect { tool: call.tool().to_owned(), key, arguments: call.arguments().clone() }
}

fn has_effect(call: &PermittedCall) -> bool {
    matches!(call.tool(), "issue_refund" | "add_note")
}

#[async_trait]
impl ToolServers for Crm {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(crm_definitions())
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let trouble = self.drawn();
        if trouble == Trouble::Unreachable {
            self.count("unreachable");
            return Err(ToolFailure::NotSent("no such program".into()));
        }
        self.arrives(&call);
        if self.lies(Lie::Twice) && has_effect(&call) {
            self.arrives(&call);
            self.does(&call);
        }
        pass(Duration::from_millis(self.chance.below(40))).await;
        let lost = |why: &str| Err(ToolFailure::ConnectionLost(why.to_owned()));
        let seconds = u32::try_from(call.timeout().as_secs()).unwrap();
        match trouble {
            Trouble::None | Trouble::Unreachable => Ok(self.does(&call)),
            Trouble::Refuses => {
                self.count("refused");
                Ok(ToolAnswer { result: json!({"message": "Not today."}), is_error: true })
            }
            Trouble::FailsBefore => {
                self.count("failed before it committed");
                lost("it ended")
            }
            Trouble::FailsAfter => {
                self.count("failed after it committed");
                self.does(&call);
                lost("it ended")
            }
            Trouble::HangsBefore => {
                self.count("hung before it committed");
                pass(call.timeout()).await;
                Err(ToolFailure::TimedOut(seconds))
            }
            Trouble::HangsAfter => {
                self.count("hung after it committed");
                self.does(&call);
                pass(call.timeout()).await;
                Err(ToolFailure::TimedOut(seconds))
            }
            Trouble::CrawlsOn => {
                self.count("crawled on");
                if has_effect(&call) {
                    self.books.lock().unwrap().late.push(effect(&call));
                }
                pass(call.timeout()).await;
                Err(ToolFailure::TimedOut(seconds))
            }
            // What crates/mcp makes of 100 MB and of what is no message: it hangs up, and it may have happened.
            Trouble::Huge => {
                self.count("answered 100 MB");
                self.does(&call);
                lost("it sent a message longer than 4 MiB")
            }
            Trouble::Garbage => {
                self.count("answered garbage");
                self.does(&call);
                lost("it wrote what is no message")
            }
            // A server behind a client that bounds nothing: more than the log takes in one event.
            Trouble::Large => {
                self.count("answered more than an event holds");
                self.does(&call);
                Ok(ToolAnswer { result: json!({"rows": "x".repeat(3 * 1024 * 1024)}), is_error: false })
            }
        }
    }
}
