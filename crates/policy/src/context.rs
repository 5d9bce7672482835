//! From a request to the context that rules read, and what of the request was odd.

use crate::{
    ARGUMENTS_UNREADABLE, About, DECIDED_ALREADY, DECIDED_BEFORE, EVIDENCE_MISSING, GateFacts, MONEY_UNREADABLE,
    OBJECT_OPEN, OBJECT_REFUSED, Remembered, Request, SUBJECT_OTHER, SUBJECT_UNRESOLVED, SUBJECT_UNVERIFIED,
    UNKNOWN_TOOL, WHISPERED,
    schema::LEDGERS,
    shape::{Mismatch, Shape},
    surface::{FactKind, Surface},
};
use cedar_policy::RestrictedExpression as Expression;
use countersign_domain::{conversation::Assurance, ledger::Sums, verdict::Rule};
use serde_json::Value;
use std::collections::BTreeMap;

/// A context, and one rule for each thing that was odd. With any of these the action is held, whatever else matches.
pub(crate) struct Built {
    pub(crate) attributes: Vec<(String, Expression)>,
    pub(crate) odd: Vec<Rule>,
    /// One rule for what is not asked of people again.
    pub(crate) denied: Vec<Rule>,
}

/// Builds the context of a request. Without a surface the tool is unknown, and rules see none of its arguments.
pub(crate) fn build(request: &Request<'_>, surface: Option<&Surface>) -> Built {
    let mut built = Built { attributes: Vec::with_capacity(8), odd: Vec::new(), denied: Vec::new() };
    built.customer(request.assurance);
    built.add("channel", Some(Expression::new_string(request.channel.to_owned())));
    built.about(request.facts.about);
    if request.facts.object_open {
        built.hold(OBJECT_OPEN, "Another action on the same object is open, so a person decides on both.".to_owned());
    }
    if request.facts.refused_here > 0 {
        let why =
            "A person refused something on the same object in this conversation, so a person decides on this too.";
        built.hold(OBJECT_REFUSED, why.to_owned());
    }
    match request.facts.remembered {
        Remembered::Nothing => {}
        Remembered::Decided => {
            let why = "People have decided on this in this conversation, and something has moved since, so they are asked again.";
            built.hold(DECIDED_BEFORE, why.to_owned());
        }
        Remembered::Answered => {
            let why = "People have decided this very thing in this conversation, and nothing about it has changed.";
            built.denied.push(Rule { id: DECIDED_ALREADY.to_owned(), reason: why.to_owned() });
        }
    }
    if request.facts.whispered {
        let why =
            "A colleague whispered for this and the customer may not have asked for it, so somebody else decides.";
        built.hold(WHISPERED, why.to_owned());
    }
    built.add("repeats", Some(Expression::new_long(i64::from(request.facts.repeats))));
    built.add("contradictions", Some(Expression::new_long(i64::from(request.facts.contradictions))));
    built.add("co_author", request.facts.co_author.clone().map(Expression::new_string));
    let Some(surface) = surface else {
        built.hold(UNKNOWN_TOOL, "This tool is not among the known tools, so a person decides.".to_owned());
        built.add("arguments", Expression::new_record([]).ok());
        return built;
    };
    built.arguments(request.arguments, surface);
    if surface.money {
        built.money(request);
    }
    if surface.has_ledgers() {
        let refusals = Expression::new_long(i64::from(request.facts.earlier_refusals));
        built.add("earlier_refusals", Some(refusals));
        built.ledgers(request, surface.money);
    }
    if let Some(facts) = &surface.evidence {
        built.evidence(request.evidence, facts);
    }
    if surface.reply {
        let claims = request.facts.claims.iter().cloned().map(Expression::new_string);
        let reply = Expression::new_record([("claims".to_owned(), Expression::new_set(claims))]);
        built.add("reply", reply.ok());
    }
    built
}

impl Built {
    fn add(&mut self, name: &str, value: Option<Expression>) {
        self.attributes.extend(value.map(|value| (name.to_owned(), value)));
    }

    fn hold(&mut self, id: &str, reason: String) {
        self.odd.push(Rule { id: id.to_owned(), reason });
    }

    fn customer(&mut self, assurance: Assurance) {
        let customer = Expression::new_record([
            ("assurance".to_owned(), Expression::new_string(assurance.name().to_owned())),
            ("verified".to_owned(), Expression::new_bool(assurance == Assurance::Verified)),
        ]);
        self.add("customer", customer.ok());
    }

    fn about(&mut self, about: About) {
        let (id, why) = match about {
            About::Nobody | About::TheCustomer => return,
            About::SomebodyElse => (SUBJECT_OTHER, "This is about another customer than the one who is signed in"),
            About::Unverified => {
                (SUBJECT_UNVERIFIED, "Nobody has verified that the customer is the one whom this is about")
            }
            About::Unresolved => (SUBJECT_UNRESOLVED, "Whom this is about could not be found out"),
        };
        self.hold(id, format!("{why}, so a person decides."));
    }

    fn arguments(&mut self, arguments: &Value, surface: &Surface) {
        let mut mismatches = Vec::new();
        let value = Shape::Record(surface.arguments.clone()).read(arguments, "", &mut mismatches);
        self.add("arguments", value.or_else(|| Expression::new_record([]).ok()));
        if let Some(first) = mismatches.first() {
            let what = match first {
                Mismatch::At(path) if path.is_empty() => "The arguments are no object".to_owned(),
                Mismatch::At(path) => format!("The argument {path} is missing or not of its type"),
                Mismatch::Undeclared(path) if path.is_empty() => "There is an argument that is not declared".to_owned(),
                Mismatch::Undeclared(path) => format!("The argument {path} has a member that is not declared"),
            };
            self.hold(ARGUMENTS_UNREADABLE, format!("{what}, so a person decides."));
        }
    }

    fn money(&mut self, request: &Request<'_>) {
        let Some(money) = request.money else {
            self.hold(MONEY_UNREADABLE, "The amount could not be read, so a person decides.".to_owned());
            return;
        };
        let record = Expression::new_record([
            ("minor".to_owned(), Expression::new_long(money.minor)),
            ("currency".to_owned(), Expression::new_string(money.currency.as_str().to_owned())),
        ]);
        self.add("money", record.ok());
    }

    fn ledgers(&mut self, request: &Request<'_>, money: bool) {
        let GateFacts { customer_ledger, agent_ledger, object_ledger, .. } = &request.facts;
        let facts = LEDGERS.into_iter().zip([*customer_ledger, *agent_ledger, *object_ledger]);
        let record = |sums: Sums| {
            let mut members =
                vec![("count_today", i64::from(sums.count_today)), ("count_30d", i64::from(sums.count_30d))];
            if money {
                members.extend([("minor_today", sums.minor_today), ("minor_30d", sums.minor_30d)]);
            }
            Expression::new_record(members.into_iter().map(|(n, v)| (n.to_owned(), Expression::new_long(v)))).ok()
        };
        let known = facts.filter_map(|(name, sums)| Some((name.to_owned(), record(sums?)?)));
        self.add("ledger", Expression::new_record(known).ok());
    }

    fn evidence(&mut self, evidence: Option<&BTreeMap<String, Value>>, facts: &BTreeMap<String, FactKind>) {
        let Some(evidence) = evidence else {
            self.hold(EVIDENCE_MISSING, "The facts about this could not be read, so a person decides.".to_owned());
            return;
        };
        let mut missing = Vec::new();
        let mut read = Vec::with_capacity(facts.len());
        for (name, kind) in facts {
            match evidence.get(name) {
                Some(Value::Null) => {}
                Some(value) => match fact(*kind, value) {
                    Some(value) => read.push((name.clone(), value)),
                    None => missing.push(name.as_str()),
                },
                None => missing.push(name.as_str()),
            }
        }
        self.add("evidence", Expression::new_record(read).ok());
        if !missing.is_empty() {
            let names = missing.join(", ");
            self.hold(EVIDENCE_MISSING, format!("These facts could not be read, so a person decides: {names}."));
        }
    }
}

fn fact(kind: FactKind, value: &Value) -> Option<Expression> {
    let (name, scalar) = match value {
        Value::String(text) => ("text", Expression::new_string(text.clone())),
        Value::Number(number) => ("number", Expression::new_long(number.as_i64()?)),
        Value::Bool(flag) => ("flag", Expression::new_bool(*flag)),
        _ => return None,
    };
    match kind {
        FactKind::Amount => (name == "number").then_some(scalar),
        FactKind::Scalar => Expression::new_record([(name.to_owned(), scalar)]).ok(),
    }
}
