//! Empty: cargo asks every package for a library or a program. The simulation is the test in `main.rs`.
