//! One event of every kind and version that was ever written: what is stored can be read for ever.

mod files;
mod kinds;
mod samples;
