#!/usr/bin/env bash
# Simulates whole shifts on every core until one breaks an invariant: for MINUTES, or SEEDS of them, from FIRST on (drawn
# unless given), or the one SEED. Built in a profile of its own: optimised, with every check that a development build has.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

command -v cargo >/dev/null 2>&1 || fail 'cargo is not installed. Install Rust with rustup (https://rustup.rs).'
if [ -n "${SEED:-}" ]; then
  export COUNTERSIGN_SEED=$SEED
else
  export COUNTERSIGN_FIRST=${FIRST:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
  if [ -n "${SEEDS:-}" ]; then export COUNTERSIGN_SEEDS=$SEEDS; else export COUNTERSIGN_MINUTES=${MINUTES:-10}; fi
  printf 'From seed %s on, for %s\n' "$COUNTERSIGN_FIRST" "$([ -n "${SEEDS:-}" ] && echo "$SEEDS seeds" || echo "${MINUTES:-10} minutes")"
fi
exec cargo test --locked --profile soak -p countersign-simulation --test simulation every_shift -- --nocapture
