//! Judging one action: what Cedar answers, joined with everything that was odd.

use crate::{DEFAULT_HOLD, POLICY_ERROR, Request, RuleView, context, policies::Set};
use cedar_policy::{AuthorizationError, Context, Decision, Request as CedarRequest};
use countersign_domain::verdict::{Disposition, Verdict};

/// The verdict on a request. Strictest wins: a deny over every hold, a hold over every allow.
pub(crate) fn judge(set: &Set, request: &Request<'_>) -> Verdict {
    let mut found = Joined { set, verdict: None };
    let built = context::build(request, set.surfaces.get(request.tool));
    for rule in &built.odd {
        found.hold(&rule.id, &rule.reason);
    }
    for rule in &built.denied {
        found.add(Verdict::deny(&rule.id, rule.reason.as_str(), &set.version));
    }
    match cedar_request(set, request, built) {
        Some(cedar_request) => found.ask_cedar(&cedar_request, request),
        None => found.hold(POLICY_ERROR, "This action could not be put to the rules, so a person decides."),
    }
    found.finish()
}

/// The request for Cedar, checked against the schema. What is odd does not fit the schema: that is put to the rules
/// unchecked, so that a deny still speaks, and is held in any case.
fn cedar_request(set: &Set, request: &Request<'_>, built: context::Built) -> Option<CedarRequest> {
    let schema = built.odd.is_empty().then_some(&set.schema);
    let context = Context::from_pairs(built.attributes).ok()?;
    let types = &set.types;
    let (agent, action) = (types.agent(request.agent), types.action(request.tool));
    CedarRequest::new(agent, action, types.conversation(), context, schema).ok()
}

struct Joined<'a> {
    set: &'a Set,
    verdict: Option<Verdict>,
}

impl Joined<'_> {
    fn add(&mut self, verdict: Verdict) {
        self.verdict = Some(match self.verdict.take() {
            Some(earlier) => earlier.join(verdict),
            None => verdict,
        });
    }

    fn hold(&mut self, id: &str, reason: &str) {
        self.add(Verdict::hold(id, reason, &self.set.version));
    }

    fn ask_cedar(&mut self, cedar_request: &CedarRequest, request: &Request<'_>) {
        let set = self.set;
        let response = set.authorizer.is_authorized(cedar_request, &set.policies, &set.entities);
        // On deny these are all forbids that match, on allow all permits.
        for id in response.diagnostics().reason() {
            match set.rules.get::<str>(id.as_ref()) {
                Some(rule) if agrees(rule, response.decision()) => self.add(rule.verdict(request.money, &set.version)),
                _ => self.hold(POLICY_ERROR, "A rule decided that is not known by name, so a person decides."),
            }
        }
        // Cedar skips a rule that fails, and a skipped forbid would let things through. What failed it is not told:
        // it may quote the customer's words.
        for AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
            let id: &str = error.policy_id().as_ref();
            let reason = format!("The rule {id} failed on this action, so a person decides.");
            self.hold(&format!("{POLICY_ERROR}: {id}"), &reason);
        }
    }

    fn finish(self) -> Verdict {
        let Some(mut verdict) = self.verdict else {
            return Verdict::hold(DEFAULT_HOLD, "No rule covers this, so a person decides.", &self.set.version);
        };
        if verdict.disposition == Disposition::Hold {
            // Each role that is asked for takes a person of its own.
            verdict.approvers = verdict.approvers.max(u8::try_from(verdict.roles.len()).unwrap_or(u8::MAX));
        }
        verdict.rules.sort();
        verdict
    }
}

/// Whether a rule does what Cedar says it did.
fn agrees(rule: &RuleView, decision: Decision) -> bool {
    (rule.disposition == Disposition::Allow) == (decision == Decision::Allow)
}
