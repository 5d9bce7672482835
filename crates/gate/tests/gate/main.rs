//! The gate over the in-memory log, with the starter policies and a scripted tool server.

#[cfg(test)]
mod aside;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod away;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod broken_log;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod chat_settings;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod ending;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod escalating;
#[cfg(test)]
mod external;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod limits_raced;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod model_replies;
#[cfg(test)]
mod more_time;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod pinned;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod relaying;
mod replies;
#[cfg(test)]
mod room;
#[cfg(test)]
mod rule_deadlines;
#[cfg(test)]
mod rules_raced;
#[cfg(test)]
mod second_look;
#[cfg(test)]
mod server;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sources;
mod step_up;
mod stop_and_time;
#[cfg(test)]
mod stop_parts;
#[cfg(test)]
mod stop_raced;
#[cfg(test)]
mod subjects;
#[cfg(test)]
mod takeover;
#[cfg(test)]
mod tool_settings;
#[cfg(test)]
mod trail;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod whispering;
