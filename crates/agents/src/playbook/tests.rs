//! The playbook as a pure function: dialogues in, steps out.

mod desk;
mod flow;
mod matching;
mod reading;
mod talk;
mod whispers;
