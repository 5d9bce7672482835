//! What the verifier says: of logs that are true, of logs that a forger has signed, and of logs that somebody has damaged.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod escalations;
#[cfg(test)]
mod forger;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod models;
#[cfg(test)]
mod people;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod restored_on_disk;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod step_up;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tamper;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod undone;
#[cfg(test)]
mod whispers;
#[cfg(test)]
mod word;
