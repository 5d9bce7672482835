//! A seed replays exactly; and a process that is killed at any durable step is taken up where the log says.

use crate::faults::Death;
use crate::shift::Shift;
use crate::trail;

#[test]
fn the_same_seed_gives_the_same_log_to_the_last_byte() {
    for seed in [1, 2, 3, 5, 8, 13, 21, 34] {
        let (first, again) = (Shift::of(seed).run(), Shift::of(seed).run());
        assert_eq!((first.root, first.appends), (again.root, again.appends), "seed {seed} does not replay");
    }
    assert_ne!(Shift::of(1).run().root, Shift::of(2).run().root);
}

#[test]
fn killed_at_every_durable_step_a_shift_is_taken_up_where_the_log_says() {
    // A short one: every append of it, and both ways.
    let shift = Shift { short: true, ..Shift::of(4) };
    let appends = shift.run().appends;
    assert!(appends > 40, "a shift of {appends} appends shows little");
    for at in 0..appends {
        for stored in [false, true] {
            let death = Some(Death { at, stored });
            let ran = Shift { death, ..shift }.run();
            assert!(ran.violations.is_empty(), "killed at append {at}, stored {stored}: {}", trail::of(&ran));
        }
    }
}
