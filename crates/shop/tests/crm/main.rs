//! The CRM as its clients see it: a real server process over standard input and output.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod client;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod tools;
