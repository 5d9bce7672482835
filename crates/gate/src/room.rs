//! Room on the disk, and the machine's clock: what the gate refuses when little is left, and what it writes into the trail
//! of either.

use crate::error::GateError;
use crate::gate::Gate;
use crate::people::unsealed;
use crate::records::Records;
use countersign_domain::event::Draft;
use countersign_domain::station::{Room, StationEvent};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;

impl Records {
    /// What there is room for now. Without a disk that can be asked, for everything.
    pub fn room(&self) -> Room {
        self.disk().map_or(Room::Enough, |disk| Room::with(disk.free_bytes()))
    }

    /// Refuses a conversation that there is no room for.
    pub(crate) fn must_have_room_for_conversations(&self) -> Result<(), GateError> {
        match self.room() {
            Room::Enough => Ok(()),
            room => Err(GateError::NoRoom(room)),
        }
    }

    /// Whether nothing with an effect may start for want of room.
    pub(crate) fn has_no_room_for_effects(&self) -> bool {
        self.room() == Room::NoEffects
    }
}

impl Gate {
    /// Writes into the trail that the clock was set by so many milliseconds.
    pub async fn record_clock_jump(&self, by_ms: i64) -> Result<(), GateError> {
        self.record_of_machine(&StationEvent::ClockJumped { by_ms, at: self.records.now() }).await
    }

    /// Writes into the trail what there is room for from here on.
    pub async fn record_room(&self, room: Room, free: Option<u64>) -> Result<(), GateError> {
        // What every reader of the log reads alike.
        let free = free.map(|bytes| bytes.min(countersign_domain::strict::LARGEST_INTEGER));
        self.record_of_machine(&StationEvent::RoomChanged { room, free, at: self.records.now() }).await
    }

    async fn record_of_machine(&self, event: &StationEvent) -> Result<(), GateError> {
        let stream = StreamName::station();
        loop {
            let expected = self.records.stored(&stream, 0).await?.len() as u64;
            let events = vec![unsealed(Draft::open(event), Actor::Station)];
            let writes = vec![Write { stream: stream.clone(), expected, events }];
            match self.records.log().append(Append { guards: Vec::new(), writes }).await.map_err(GateError::from) {
                // Somebody joined, or the policy changed.
                Err(GateError::Moved) => {}
                done => return done.map(|_| ()),
            }
        }
    }
}
