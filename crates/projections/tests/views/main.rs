//! The views through their front door: given these events in a log, then these rows.

#[cfg(test)]
mod canvas;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod queue;
mod relayed;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod search;
#[cfg(test)]
mod story;
#[cfg(test)]
mod trail;
