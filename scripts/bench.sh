#!/usr/bin/env bash
# Measures what must be fast: builds the bench, the station, the desktop application and the sample CRM in the release
# profile (the first time takes twenty minutes or more on two cores), runs it, prints a table and writes bench/summary.json in
# the target folder. PART=append runs one part alone and writes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

command -v cargo >/dev/null 2>&1 || fail 'cargo is not installed. Install Rust with rustup (https://rustup.rs).'
printf 'Building (release profile)\n'
# One selection for both, so that nothing is built twice.
selection=(--locked --release -p countersign-tests -p countersign-shop -p countersign-station -p countersign --bench bench
  --features countersign/custom-protocol --bin countersign-crm --bin countersign-knowledge --bin countersign-station
  --bin countersign)
cargo build "${selection[@]}"

# LangGraph, which the part "holding" is measured beside, in an environment of its own. Where it cannot be installed the bench
# runs all the same, and the rows that need it say so and do not hold.
langgraph() {
  local wanted=tests/bench/langgraph/requirements.txt place
  place=$(target_folder)/bench/langgraph
  if cmp -s "$wanted" "$place/installed.txt"; then return; fi
  printf 'Installing LangGraph beside\n'
  rm -rf "$place"
  if python3 -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"; then
    cp "$wanted" "$place/installed.txt"
  else
    rm -rf "$place"
    printf 'LangGraph could not be installed: this needs Python 3.10 or newer with venv, and the network.\n' >&2
  fi
}
case " ${PART:-holding} " in *' holding '*) langgraph ;; esac

# Nothing is left to build: this only tells where the bench lies.
program=$(cargo build "${selection[@]}" --quiet --message-format=json |
  sed -n 's/.*"kind":\["bench"\].*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$program" ] || fail 'The bench was not built.'
printf '\nMeasuring, for half an hour or more. Other work on this machine makes the figures worse and less even.\n\n'
exec "$program" ${PART:-}
