//! Changes of which tool servers there are, beside those that the station is started with.

use super::effect::Effect;
use super::people::{actor, must};
use crate::commit::event;
use crate::error::GateError;
use crate::folds::current;
use crate::gate::Gate;
use countersign_domain::action::Phase;
use countersign_domain::event::Draft;
use countersign_domain::server::{AddedServer, AddedServers, MOST_SERVERS, ServerEvent};
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::Write;
use countersign_event_log::stream::StreamName;
use std::sync::Arc;

/// Why an action ends whose server was removed.
const REMOVED: &str = "server_removed";
const UNSETTLED: &str = "something that went to this server may have happened, and nobody knows it yet; it is settled there \
                         first: see Approvals, outcome unknown";

impl Gate {
    /// Connects a server. One of that name, whoever said so, is there once.
    pub(super) fn add_server(&self, server: AddedServer) -> Result<Effect, GateError> {
        server.check()?;
        let taken = self.servers.has(&server.name);
        Ok(Box::new(move |states, signers| {
            let stream = StreamName::servers();
            let before: AddedServers = current(states, &stream)?;
            must(!taken && !before.0.contains_key(&server.name), "there is a tool server of this name already")?;
            must(before.0.len() < MOST_SERVERS, "there are as many tool servers as may be added; remove one first")?;
            let expected = states.version(&stream)?;
            let added = event(Draft::open(&ServerEvent::Added { server }), None, &actor(signers), None);
            Ok(vec![Write { stream, expected, events: vec![added] }])
        }))
    }

    /// Ends a server that people added. Where something may have happened there that nobody knows of yet, it alone can tell.
    pub(super) async fn remove_server(&self, server: String) -> Result<Effect, GateError> {
        let mut unsettled = false;
        for id in self.open.in_phase(&[Phase::Started, Phase::Unknown]) {
            let proposed = self.records.action_state(&id).await?.proposed;
            unsettled |= proposed.server == server && proposed.effect != EffectClass::Read;
        }
        Ok(Box::new(move |states, signers| {
            let stream = StreamName::servers();
            let before: AddedServers = current(states, &stream)?;
            must(before.0.contains_key(&server), "people added no tool server of this name")?;
            must(!unsettled, UNSETTLED)?;
            let expected = states.version(&stream)?;
            let removed = event(Draft::open(&ServerEvent::Removed { server }), None, &actor(signers), None);
            Ok(vec![Write { stream, expected, events: vec![removed] }])
        }))
    }

    /// The servers that people added.
    pub async fn added_servers(&self) -> Result<AddedServers, GateError> {
        self.records.added_servers().await
    }

    /// Tells whoever connects them that there are others now.
    pub(super) fn took_servers(&self) {
        self.servers_changed.send_modify(|count| *count += 1);
    }

    /// Takes back what had been asked of a server that is none any more, and has not started.
    pub(super) async fn end_what_was_asked_of(self: &Arc<Self>, server: &str) -> Result<(), GateError> {
        for id in self.open.in_phase(Phase::UNSTARTED) {
            if self.records.action_state(&id).await?.proposed.server == server {
                self.withdraw_unless_started(&id, &Actor::Station, REMOVED).await?;
            }
        }
        Ok(())
    }
}
