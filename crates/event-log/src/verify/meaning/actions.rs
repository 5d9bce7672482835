//! Events of an action's stream.

use super::changes::Effect;
use super::verdicts::{self, expires_in_time};
use super::{At, Case, Known, Meaning, Owed, What, Wrong, caused_by, must, named, sealed};
use crate::envelope::Actor;
use crate::verify::report::{Finding, Findings};
use crate::verify::signatures::Signed;
use countersign_domain::action::{Action, ActionEvent, PERSON, Phase, Proposed, RESTORED, Started, VoidReason};
use countersign_domain::authority::{Command, may_decide_on};
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::tool::EffectClass;

/// A clock that is set back between a look at it and the append may make something late by so much.
pub(super) const SLACK_SECONDS: i64 = 1;

/// For so long after a stop, deadlines may still be moved for it.
const RESUMING_SECONDS: i64 = 60;

impl Meaning {
    pub(super) fn action(
        &mut self,
        at: &At<'_>,
        name: &str,
        event: &ActionEvent,
        statement: Option<&[u8]>,
        findings: &mut Findings,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        let id: ActionId = name.parse().map_err(|_| format!("{} is the stream of no action", at.stream))?;
        if at.version == 0 {
            return self.proposed(at, id, event);
        }
        let mut case = match self.actions.remove(&id) {
            Some(Known::Open(case)) => case,
            Some(over) => {
                self.actions.insert(id, over);
                return Err("the action is over, and nothing can follow".to_owned());
            }
            None => return Err("it is about an action that nobody proposed".to_owned()),
        };
        self.must_share_its_append(at, &case, event, findings);
        let result = self.follows(at, &case, event, statement, signed);
        if let ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) =
            event
        {
            case.signatures.push(decided.signature.clone());
        }
        case.action.apply(event);
        case.last = at.position;
        match event {
            ActionEvent::Started(_) => {
                self.started += 1;
                case.started = Some(at.position);
            }
            ActionEvent::Allowed(_) => case.permit = Some(at.position),
            ActionEvent::Approved(_) | ActionEvent::Overridden(_) => {
                case.permit = (case.action.phase == Phase::Approved).then_some(at.position);
            }
            ActionEvent::Held(_) | ActionEvent::Voided { .. } | ActionEvent::Denied(_) => case.permit = None,
            _ => {}
        }
        self.keep(at, id, case);
        result
    }

    /// Puts a case back, and notes what its append has to say beside it.
    fn keep(&mut self, at: &At<'_>, id: ActionId, case: Box<Case>) {
        if owes(&case) {
            self.owed.retain(|owed| owed.what != What::Beside || owed.action != id);
            let (position, recorded_at) = (at.position, at.recorded_at);
            self.owed.push(Owed { action: id.clone(), position, recorded_at, what: What::Beside });
            self.actions.insert(id, Known::Open(case));
        } else {
            self.settled(id, case);
        }
    }

    /// Forgets what nobody needs of an action that is over.
    pub(super) fn settled(&mut self, id: ActionId, case: Box<Case>) {
        let decided = case.action.phase == Phase::Rejected || !case.action.approvals.is_empty();
        let known = case.is_over().map_or(Known::Open(case), |happened| Known::Over { happened, decided });
        self.actions.insert(id, known);
    }

    /// Only a proposal, its verdict and its start may share an append, or the last signature and the wait behind it: before anything else, what is owed must be there.
    fn must_share_its_append(&mut self, at: &At<'_>, case: &Case, event: &ActionEvent, findings: &mut Findings) {
        let shares = case.last + 1 == at.position
            && match case.action.phase {
                Phase::Proposed => {
                    matches!(event, ActionEvent::Allowed(_) | ActionEvent::Held(_) | ActionEvent::Denied(_))
                }
                Phase::Allowed => matches!(event, ActionEvent::Started(Started { permitted_at: None, .. })),
                Phase::Approved => matches!(event, ActionEvent::Waiting { .. }),
                _ => false,
            };
        if !shares && owes(case) {
            findings.add(Finding::at(case.last, missing(case)));
        }
    }

    fn proposed(&mut self, at: &At<'_>, id: ActionId, event: &ActionEvent) -> Wrong {
        let ActionEvent::Proposed(proposed) = event else {
            return Err("an action begins with something else than its proposal".to_owned());
        };
        let action = Action::begin(event, at.position).ok_or("an action begins with its proposal")?;
        self.actions_seen += 1;
        let result = self.may_propose(at, &id, proposed);
        let case = Box::new(Case {
            action,
            requester: at.actor.clone(),
            permit: None,
            started: None,
            last: at.position,
            footing: Default::default(),
            linked: false,
            signatures: Vec::new(),
        });
        self.keep(at, id, case);
        result
    }

    fn may_propose(&self, at: &At<'_>, id: &ActionId, proposed: &Proposed) -> Wrong {
        must(proposed.action == *id, || {
            format!("the proposal of {} stands in the stream of another action", proposed.action)
        })?;
        let talk = self.conversations.get(&proposed.conversation);
        let talk =
            talk.ok_or_else(|| format!("it is proposed in {}, which was never opened", proposed.conversation))?;
        match &proposed.by {
            None => {
                talk.state.must_be_the_agent_s().map_err(|why| format!("an agent proposes, and {why}"))?;
                caused_by(at, &Actor::Agent(proposed.agent.clone()))?;
                self.may_ask_for(talk.state.external_agent(), proposed)?;
            }
            Some(by) => {
                talk.state.must_be_theirs(by).map_err(|why| format!("a person proposes, and {why}"))?;
                self.may(by, Command::UseTool)?;
                caused_by(at, &Actor::Person(by.to_string()))?;
                must(proposed.agent == by.as_str(), || "a person proposes in another's name".to_owned())?;
                must(proposed.whisper.is_none(), || "a person proposes by a whisper".to_owned())?;
            }
        }
        let accepted = self.pinned.get(&proposed.tool).is_none_or(|hash| *hash == proposed.definition);
        must(accepted, || format!("{} was accepted under another definition", proposed.tool))?;
        must(!self.offered_otherwise.contains(&proposed.tool), || {
            format!("the server of {} offered something else than what was accepted", proposed.tool)
        })?;
        must(proposed.tool.starts_with(&format!("{}.", proposed.server)), || {
            format!("{} is no tool of the server {}", proposed.tool, proposed.server)
        })?;
        sealed(at)?;
        self.under_its_key(at, proposed)
    }

    /// Whatever is sealed of an action lies under the key of its conversation.
    fn under_its_key(&self, at: &At<'_>, proposed: &Proposed) -> Wrong {
        let key = self.conversations.get(&proposed.conversation).and_then(|talk| talk.key.as_ref());
        must(at.sealed.is_none_or(|sealed| Some(&sealed.key) == key), || {
            "it is sealed under another key than its conversation's".to_owned()
        })
    }

    fn follows(
        &mut self,
        at: &At<'_>,
        case: &Case,
        event: &ActionEvent,
        statement: Option<&[u8]>,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        let action = &case.action;
        let proposed = &action.proposed;
        action.may_follow(event).map_err(|why| format!("it cannot come here: {why}"))?;
        self.under_its_key(at, proposed)?;
        self.behind_a_restore(at, case, event)?;
        match event {
            ActionEvent::Allowed(judged) => {
                self.by_the_gate(at, case)?;
                self.answers(at, case.last)?;
                self.allowed(at, action, judged)
            }
            ActionEvent::Held(held) => {
                self.by_the_gate(at, case)?;
                self.answers(at, case.last)?;
                self.held(at, action, held)
            }
            ActionEvent::Denied(judged) => {
                self.by_the_gate(at, case)?;
                self.denied(action, judged)?;
                nothing_reserved(&judged.standing)
            }
            ActionEvent::Voided { reason, held } => {
                match reason {
                    VoidReason::Undone => self.by_a_person(at, Command::Undo)?,
                    _ => caused_by(at, &Actor::Station)?,
                }
                self.judged(&held.verdict)?;
                expires_in_time(at, held, verdicts::SLACK_SECONDS)?;
                nothing_reserved(&held.standing)
            }
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                self.answers(at, action.proposal)?;
                self.decided(at, case, decided)?;
                self.countersigned(at, decided, statement, signed)
            }
            ActionEvent::Waiting { .. } => {
                let signer = action.approvals.last().map(|approval| Actor::Person(approval.person.to_string()));
                caused_by(at, &signer.ok_or("it waits for its start, and nobody has signed it")?)?;
                must(case.last + 1 == at.position, || "it does not wait from its last signature on".to_owned())?;
                self.answers(at, case.last)
            }
            ActionEvent::Started(started) => {
                self.by_the_gate(at, case)?;
                self.may_start(at, case, started)
            }
            ActionEvent::Expired { deadline } => {
                caused_by(at, &Actor::Station)?;
                must(self.fleet.frozen_since(&proposed.agent, &proposed.tool).is_none(), || {
                    "it expired while its time did not run, for it was stopped".to_owned()
                })?;
                must(*deadline <= at.recorded_at.plus_seconds(SLACK_SECONDS), || {
                    "it expired before its deadline, and a timeout is nobody's no".to_owned()
                })
            }
            ActionEvent::Withdrawn { reason } => self.withdrawn(at, case, reason),
            ActionEvent::Superseded { by } => {
                must(self.actions.contains_key(by), || format!("it is superseded by {by}, which nobody proposed"))
            }
            ActionEvent::Snoozed { .. } => self.by_a_person(at, Command::Snooze),
            ActionEvent::Delegated { to } => {
                self.by_a_person(at, Command::Delegate)?;
                let Some(to) = to else { return Ok(()) };
                let to_whom = |why: String| format!("it was delegated to {to}, and {why}");
                self.may(to, Command::Decide).map_err(to_whom)?;
                may_decide_on(proposed, to, &self.staff_list).map_err(|why| to_whom(why.to_string()))
            }
            ActionEvent::DeadlineMoved { reason, .. } if reason == PERSON => self.by_a_person(at, Command::MoreTime),
            ActionEvent::DeadlineMoved { deadline, reason } => {
                // A second person who resumed at the same time may still be at it.
                let resumed = self.resumed.iter().any(|(part, ended)| {
                    part.as_ref().is_none_or(|part| part.covers(&proposed.agent, &proposed.tool))
                        && at.recorded_at <= ended.plus_seconds(RESUMING_SECONDS)
                });
                let frozen = self.fleet.frozen_since(&proposed.agent, &proposed.tool).is_some();
                must(reason != "stop" || frozen || resumed, || {
                    "its deadline moved for a stop, and nothing is stopped".to_owned()
                })?;
                must(action.deadline.is_none_or(|before| before <= *deadline), || {
                    "its deadline was moved to an earlier time".to_owned()
                })
            }
            ActionEvent::Succeeded { .. } | ActionEvent::Failed { .. } | ActionEvent::Unknown { .. } => {
                caused_by(at, &Actor::Station)?;
                must(at.cause.is_none() || at.cause == case.started, || {
                    "it answers another event than the start of its action".to_owned()
                })
            }
            ActionEvent::Settled { how, by } if by == "people" => {
                self.follows_from_a_change(at, &Effect::Settled(proposed.action.clone(), *how))
            }
            ActionEvent::Settled { .. } => {
                caused_by(at, &Actor::Station)?;
                self.answers(at, case.last)
            }
            ActionEvent::Proposed(_) => Ok(()),
        }
    }

    /// It is done by a person who may.
    fn by_a_person(&self, at: &At<'_>, command: Command) -> Wrong {
        let by = match at.actor {
            Actor::Person(id) => id.parse().ok(),
            _ => None,
        };
        let by: PersonId = by.ok_or_else(|| format!("it was caused by {}, and only a person can", named(at.actor)))?;
        self.may(&by, command)
    }

    fn by_the_gate(&self, at: &At<'_>, case: &Case) -> Wrong {
        must(*at.actor == Actor::Station || (*at.actor == case.requester && case.last + 1 == at.position), || {
            format!("it was caused by {}, and only the station can", named(at.actor))
        })
    }

    fn answers(&self, at: &At<'_>, position: u64) -> Wrong {
        must(at.cause == Some(position), || match at.cause {
            None => format!("it names no cause, and position {position} must be it"),
            Some(cause) => format!("it names position {cause} as its cause, and {position} must be it"),
        })
    }

    fn may_start(&self, at: &At<'_>, case: &Case, started: &Started) -> Wrong {
        let proposed = &case.action.proposed;
        let Some(permit) = case.permit else {
            return Err("it started, and no verdict and no full set of signatures permits it".to_owned());
        };
        match started.permitted_at {
            None => must(permit + 1 == at.position, || {
                "it started without the position of what permits it, which does not stand in its append".to_owned()
            })?,
            Some(position) => must(position == permit, || {
                format!("it started by the permit of position {position}, and what permits it stands at {permit}")
            })?,
        }
        must(case.action.waits_until.is_none() || started.at <= at.recorded_at.plus_seconds(SLACK_SECONDS), || {
            "it says that it started later than it was recorded, and could still be taken back".to_owned()
        })?;
        self.answers(at, permit)?;
        self.by_rules_in_force(case, started)?;
        if self.fleet.keeps_from_starting(&proposed.agent, &proposed.tool, proposed.effect) {
            return Err(match self.fleet.stopped {
                Some(_) if proposed.effect != EffectClass::Read => "it started while everything was stopped".to_owned(),
                _ => "it started while its agent or its tool was stopped".to_owned(),
            });
        }
        let here = |id: &PersonId| self.staff.get(id).is_some_and(|person| person.is_here());
        if let Some(left) = case.action.approvals.iter().find(|approval| !here(&approval.person)) {
            return Err(format!("it started on the signature of {}, who has left", left.person));
        }
        if let Some(left) = proposed.by.as_ref().filter(|by| !here(by)) {
            return Err(format!("it started for {left}, who has left"));
        }
        let talk = self.conversations.get(&proposed.conversation);
        let has_the_word = talk.is_some_and(|talk| talk.state.taken_over == proposed.by);
        must(has_the_word, || match &proposed.by {
            None => "it started for an agent after a person had taken the conversation over".to_owned(),
            Some(by) => format!("it started for {by}, who had not the word any more"),
        })
    }

    /// What waited was looked at once more under the rules that were in force when it started.
    fn by_rules_in_force(&self, case: &Case, started: &Started) -> Wrong {
        let Some(in_force) = &self.in_force else { return Ok(()) };
        let verdict = case.action.verdict.as_ref().map(|verdict| &verdict.policy_version);
        let judged = started.judged.as_ref().or(verdict);
        must(judged == Some(in_force), || {
            "it started by a verdict of older rules, and was not judged again under those in force".to_owned()
        })
    }

    fn withdrawn(&self, at: &At<'_>, case: &Case, reason: &str) -> Wrong {
        let proposed = &case.action.proposed;
        let talk = self.conversations.get(&proposed.conversation);
        match reason {
            "takeover" => {}
            "requester" => return caused_by(at, &case.requester),
            "requester_left" => {
                caused_by(at, &Actor::Station)?;
                let left = |by: &PersonId| self.staff.get(by).is_none_or(|person| !person.is_here());
                return must(proposed.by.as_ref().is_some_and(left), || {
                    "it was taken back because whoever had asked for it had left, and they had not".to_owned()
                });
            }
            "agent_revoked" => {
                caused_by(at, &Actor::Station)?;
                let revoked = self.agents.get(&proposed.agent).is_some_and(|agent| agent.grant.is_none());
                return must(revoked || !self.whole, || {
                    "it was taken back because its agent was revoked, and it was not".to_owned()
                });
            }
            "server_removed" => {
                caused_by(at, &Actor::Station)?;
                let removed = self.servers_removed.get(&proposed.server);
                let removed = removed.is_some_and(|removed| *removed > case.action.proposal);
                return must(removed || !self.whole, || {
                    "it was taken back because its server was removed, and it was not".to_owned()
                });
            }
            "tool_settings" => {
                caused_by(at, &Actor::Station)?;
                let ended = self.tools_ended.get(&proposed.tool).is_some_and(|ended| *ended > case.action.proposal);
                return must(ended || !self.whole, || {
                    "it was taken back because its tool had come to mean something else, and it had not".to_owned()
                });
            }
            "erasure" => {
                caused_by(at, &Actor::Station)?;
                return must(talk.is_some_and(|talk| talk.state.erased), || {
                    "it was taken back with an erasure, and its customer is not erased".to_owned()
                });
            }
            // That it was open in the backup was asked already.
            RESTORED => return Ok(()),
            other => return Err(format!("it was taken back because of {other}, which takes nothing back")),
        }
        let taken_at = talk.filter(|talk| talk.state.taken_over.is_some()).and_then(|talk| talk.taken_at);
        let taken_at = taken_at.ok_or("it was taken back by a takeover, and nobody has taken its conversation over")?;
        self.answers(at, taken_at)
    }
}

fn nothing_reserved(standing: &countersign_domain::action::Standing) -> Wrong {
    must(standing.reserved.is_empty(), || "it reserves, and nothing is let through by it".to_owned())
}

/// Whether its ledgers, its object or its conversation have something of it to take in.
pub(super) fn owes(case: &Case) -> bool {
    !case.linked
        || case.action.moves_on_its_object(case.footing.stage).is_some()
        || (case.action.reserved != case.footing.reserved
            && !case.action.ledger_moves_from(&case.footing.reserved).is_empty())
}

/// What is missing beside an action.
pub(super) fn missing(case: &Case) -> String {
    if !case.linked {
        return "its conversation does not name the action in the same append".to_owned();
    }
    match case.action.ledger_moves_from(&case.footing.reserved).first() {
        Some((ledger, _)) => {
            format!("what it reserves or frees does not stand in the ledger {} in the same append", ledger.as_str())
        }
        None => "its object does not say in the same append where the action stands".to_owned(),
    }
}
