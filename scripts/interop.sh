#!/usr/bin/env bash
# Runs packages of others against a real station: the official clients of MCP at the gateway and its conformance suite, in both
# revisions of the protocol, a tool server of others behind it, the agents of docs/examples, OpenTelemetry's exporter, and a
# mock of language models.
# Installs what they need into the target folder, about 1 GB; needs the network and Python 3.11 or newer with venv.
# INTEROP=clients runs one file of tests/interop.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

place=$(target_folder)/interop

# `installed FOLDER FILE…` says whether a folder holds what these files ask for.
installed() {
  cat "${@:2}" | cmp -s - "$1/installed.txt"
}

# A folder of npm packages.
node_packages() {
  local folder=$place/node wanted=(tests/interop/package.json tests/interop/package-lock.json tests/interop/.npmrc)
  if installed "$folder" "${wanted[@]}"; then return; fi
  printf 'Installing npm packages of others\n'
  rm -rf "$folder" && mkdir -p "$folder" && cp "${wanted[@]}" "$folder/"
  (cd "$folder" && npm ci --silent --ignore-scripts) || fail 'The npm packages could not be installed: this needs the network.'
  cat "${wanted[@]}" >"$folder/installed.txt"
}

# `python_packages NAME FILE` is an environment of Python's with what a file asks for.
python_packages() {
  local folder=$place/$1 wanted=$2
  if installed "$folder" "$wanted"; then return; fi
  printf 'Installing Python packages of others: %s\n' "$1"
  rm -rf "$folder"
  python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" ||
    fail 'The Python packages could not be installed: this needs Python 3.11 or newer with venv, and the network.'
  cp "$wanted" "$folder/installed.txt"
}

mkdir -p "$place"
# What an earlier version of this script made.
if [ -e "$place/bin" ]; then rm -rf "$place" && mkdir -p "$place"; fi
node_packages
python_packages python tests/interop/requirements.txt
for framework in langgraph openai-agents claude-agent-sdk telemetry; do
  python_packages $framework tests/interop/requirements-$framework.txt
done
cargo build "${SELECTION[@]}" --bins
# What examples are compiled to does not belong beside them.
PYTHONDONTWRITEBYTECODE=1 INTEROP_PLACE=$place node --test "tests/interop/"${INTEROP:-*}.test.js
