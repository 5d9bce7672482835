#!/usr/bin/env bash
# Runs every test: Rust (with the architecture and the real window), Svelte, browser. Goes on after a failure, ends with
# minutes by step and one line of counts.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
TARGET=$(target_folder) || exit 1

# Tests start the programs that lie beside them in the target folder, so everything is built first.
rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run "${SELECTION[@]}" --lib --bins --tests --no-fail-fast --status-level slow --final-status-level fail
  else
    cargo test "${SELECTION[@]}" --lib --bins --tests --no-fail-fast
  fi
}

svelte_tests() { (cd ui && npm test --silent); }
browser_tests() { (cd tests/browser && npm test --silent); }

step 'set up' scripts/setup.sh test || { summary; exit 1; }
# A container may forbid tracing. Then one thing is not looked at, and the summary says so.
strace -o /dev/null true 2>/dev/null || export COUNTERSIGN_WITHOUT_STRACE=1
if step 'build' cargo build "${SELECTION[@]}" --all-targets; then
  step 'Rust and real window' rust_tests
  if [ -f tests/browser/package.json ]; then step 'browser' browser_tests; fi
fi
step 'Svelte' svelte_tests
# Ten thousand whole shifts, the same ones every time: only where somebody asks for them, as CI does.
if [ -n "${SHIFTS:-}" ]; then
  step 'build the simulation' cargo build --locked --profile soak -p countersign-simulation --tests
  FIRST=1 SEEDS=$SHIFTS step "simulate $SHIFTS shifts" scripts/soak.sh
fi
if [ -n "${COUNTERSIGN_WITHOUT_STRACE:-}" ]; then
  printf '\nLEFT OUT: strace does not work here, so nobody looked whether a start is synced before its call is written.\n'
fi
summary
