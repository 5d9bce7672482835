//! A seed replays exactly; and a process that is killed at any durable step is taken up where the log says.

use crate::faults::Death;
use crate::seeds;
use crate::shift::Shift;

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
    // A short one in which people decide: every append of it, before and after it is stored, until all have gone home.
    let shift = Shift { short: true, ..Shift::of(13) };
    let appends = shift.run().appends;
    let kills = 2 * (appends.end - appends.start);
    assert!(kills > 60, "{kills} kills show little");
    let killed = seeds::run(0, kills, None, |n| Shift {
        death: Some(Death { at: appends.start + n / 2, stored: n % 2 == 1 }),
        ..shift
    });
    println!("{}", killed.in_words());
    assert!(killed.broke.is_none(), "{}", killed.broke.unwrap_or_default());
    let died = ["killed before an append", "killed after an append"].map(|how| killed.counts[how]);
    assert_eq!((killed.seeds, died), (kills, [kills / 2; 2]));
    assert!(killed.counts.contains_key("killed behind an approval"), "no decision was the last thing stored");
}
