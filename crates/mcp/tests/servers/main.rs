//! Real server processes, well and badly behaved, behind the gate's port.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod crm;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod http;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod shop;
