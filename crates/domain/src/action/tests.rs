//! Given events, when a command, then events: the whole lifecycle of an action, transition by transition.

mod canvas;
mod deciding;
mod judging;
mod running;
mod sequences;
mod step_up;
mod undoing;
