//! What every listener has before a request is looked at: who may knock, how many, how fast, how large, how slow.
//!
//! Customers, desks and agents each have a listener of their own, and none serves what belongs to another; this is all
//! that they share. [`serve`] bounds connections, heads and idle peers; [`Door`] knows our names and origins; [`whole`]
//! reads a body within its bounds; [`Buckets`] count what an address may ask in a minute.

mod address;
mod admission;
mod body;
mod bucket;
mod connections;
mod names;
mod serving;
mod tls;

pub use address::Neighbour;
pub use admission::{Admission, Full, Seat};
pub use body::{BodyBounds, BodyRefused, whole};
pub use bucket::{Bucket, Buckets, Rate};
pub use connections::{Bounds, Caller};
pub use names::{Door, KnownHost, LOOPBACK, comes_from_elsewhere, host_is_known};
pub use serving::{Drain, serve};
pub use tls::{Tls, UnfitCertificate};
