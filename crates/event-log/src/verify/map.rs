//! Maps by names and ids, of which every event looks into several.

/// Hashed quicker than by the standard library, still under a seed of its own: whoever makes names meet on purpose slows
/// down the verification of their own log, and changes nothing of what it says.
pub(super) type Map<K, V> = foldhash::HashMap<K, V>;
