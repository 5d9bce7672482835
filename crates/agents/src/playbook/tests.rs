//! The playbook as a pure function: dialogues in, steps out.

mod flow;
mod matching;
mod reading;
mod talk;
