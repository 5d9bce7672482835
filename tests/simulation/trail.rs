//! What is printed of a shift that went wrong: the seed that replays it, what did not hold, and the shift's trail.

use crate::checks;
use crate::shift::Ran;
use std::fmt::Write;

/// Events of a trail that are printed; the last ones, if there are more.
const MOST_EVENTS: usize = 400;
const LONGEST_LINE: usize = 260;

/// Everything that somebody needs who looks for the defect.
pub(crate) fn of(ran: &Ran) -> String {
    let mut text = format!("\n{} breaks:\n", ran.shift.in_words());
    for violation in &ran.violations {
        let _ = writeln!(text, "  invariant {}: {}", violation.invariant, violation.what);
    }
    let stored = checks::stored(&ran.world);
    let from = stored.len().saturating_sub(MOST_EVENTS);
    let _ = writeln!(text, "the log, from position {from}:");
    for event in &stored[from..] {
        let envelope = &event.envelope;
        let line = format!(
            "  {} {} {} {} {}",
            envelope.position, envelope.recorded_at, envelope.kind, envelope.stream, envelope.open
        );
        let _ = writeln!(text, "{}", line.chars().take(LONGEST_LINE).collect::<String>());
    }
    let books = ran.world.crm.books.lock().unwrap();
    let _ = writeln!(text, "what arrived at the CRM:");
    for arrival in &books.arrivals {
        let key = arrival.key.as_deref().unwrap_or("no key");
        let _ = writeln!(text, "  at log size {}: {} {key} {}", arrival.log_size, arrival.tool, arrival.arguments);
    }
    let _ = writeln!(text, "what it did:");
    for effect in &books.effects {
        let _ = writeln!(text, "  {} {} {}", effect.tool, effect.key, effect.arguments);
    }
    let _ = writeln!(text, "what people signed:");
    for deed in ran.world.deeds.lock().unwrap().iter() {
        let _ = writeln!(text, "  {} {:?} {} stored at {:?}", deed.person, deed.choice, deed.action, deed.stored);
    }
    text
}
