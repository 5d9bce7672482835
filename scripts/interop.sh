#!/usr/bin/env bash
# Runs packages of others against a real station: the official Python client of MCP at the gateway, in both revisions of the
# protocol. Installs what they need into the target folder; needs the network and Python 3.10 or newer with venv.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

wanted=tests/interop/requirements.txt place=$(target_folder)/interop
if ! cmp -s "$wanted" "$place/installed.txt"; then
  printf 'Installing packages of others\n'
  rm -rf "$place"
  python3 -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" ||
    fail 'The packages could not be installed: this needs Python 3.10 or newer with venv, and the network.'
  cp "$wanted" "$place/installed.txt"
fi
cargo build "${SELECTION[@]}" --bins
INTEROP_PYTHON="$place/bin/python" node --test tests/interop/*.test.js
