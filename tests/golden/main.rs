//! One event of every kind and version that was ever written: what is stored can be read for ever.

#[cfg(test)]
mod added;
#[cfg(test)]
mod files;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod samples;
