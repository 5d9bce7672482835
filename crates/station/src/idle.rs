//! Conversations in which nothing comes any more are ended. The lists say where to look; whether one ends the gate decides,
//! from the log.

use countersign_domain::ambient::Clock;
use countersign_gate::Gate;
use countersign_projections::Views;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Within how much of the time that it waits a conversation is looked at, and how rarely and often at most.
const PART: u32 = 30;
const SELDOM: Duration = Duration::from_secs(60);
const OFTEN: Duration = Duration::from_secs(1);
/// Ended in one look at the lists.
const AT_ONCE: u32 = 200;

/// Ends conversations in which nothing has happened for as long as the chat's settings say, until the station ends.
pub(crate) async fn ended_when_idle(
    gate: Arc<Gate>,
    views: Arc<Views>,
    clock: Arc<dyn Clock>,
    end: impl Future<Output = ()>,
) {
    let mut chat = gate.chat();
    let looking = async {
        loop {
            let idle = Duration::from_secs(chat.borrow_and_update().idle_seconds.into());
            // Not at once: agents that have just been started have something to say first.
            let every = (idle / PART).clamp(OFTEN, SELDOM);
            let mut look = interval_at(Instant::now() + every, every);
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // People may change how long a conversation may be silent.
            loop {
                tokio::select! {
                    _ = look.tick() => {
                        // Longer by now: nothing more ends by what was said before.
                        while !chat.has_changed().unwrap_or(false) && end_some(&gate, &views, clock.as_ref(), idle).await {}
                    }
                    Ok(()) = chat.changed() => break,
                }
            }
        }
    };
    tokio::select! {
        () = looking => {}
        () = end => {}
    }
}

/// Whether there may be more to end at once.
async fn end_some(gate: &Gate, views: &Views, clock: &dyn Clock, idle: Duration) -> bool {
    let micros = i64::try_from(idle.as_micros()).unwrap_or(i64::MAX);
    let found = match views.quiet_since(clock.now().plus_micros(-micros), AT_ONCE).await {
        Ok(found) => found.value,
        Err(error) => {
            tracing::warn!(%error, "idle conversations cannot be looked for now");
            return false;
        }
    };
    let mut ended = 0;
    for conversation in &found {
        match gate.close_if_idle(conversation, idle).await {
            Ok(true) => ended += 1,
            Ok(false) => {}
            // The others end all the same.
            Err(error) => tracing::warn!(%error, %conversation, "an idle conversation was not ended"),
        }
    }
    // What was ended is still in the lists until they have followed: only a full page that moved is looked at again.
    if ended > 0 && found.len() == AT_ONCE as usize {
        return views.reached(gate.records().log().size()).await.is_ok();
    }
    false
}
