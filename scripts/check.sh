#!/usr/bin/env bash
# Format, lints and types. Goes on after a failure, ends with minutes by step and one line of counts.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
TARGET=$(target_folder) || exit 1

interface_check() { (cd ui && npm run --silent check); }

step 'set up' scripts/setup.sh build || { summary; exit 1; }
step 'cargo fmt' cargo fmt --all --check
step 'clippy' cargo clippy "${SELECTION[@]}" --all-targets -- -D warnings
step 'interface check' interface_check
summary
