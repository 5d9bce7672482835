#!/usr/bin/env bash
# Makes a bare Debian machine with Rust and Node ready: `setup.sh build` to build and run, `setup.sh test` for the tests
# too. Installs only what is missing and builds the interface only when its sources changed: a second run is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

purpose=${1:-build}
build_packages=(build-essential pkg-config libwebkit2gtk-4.1-dev)
test_packages=(webkit2gtk-driver xvfb xauth dbus chromium strace)

need() {
  command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed, and this script does not install it. $2"
}

system_packages() {
  local wanted=("${build_packages[@]}") missing=() package
  [ "$purpose" = test ] && wanted+=("${test_packages[@]}")
  if ! command -v dpkg-query >/dev/null 2>&1; then
    printf 'Not a Debian system: please see that the equivalents of these are installed: %s\n' "${wanted[*]}"
    return
  fi
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  printf 'Installing Debian packages: %s\n' "${missing[*]}"
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" = 0 ]; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive $install
  elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive $install
  else
    fail "These Debian packages are missing, and installing them needs root. Run this line as root, then start again:
  apt-get update && $install"
  fi
}

# node_modules of a folder follow its package-lock.json; the stamp lies inside, so that they live and die together.
npm_packages() {
  local folder=$1 stamp hash
  stamp="$folder/node_modules/.countersign-lock"
  hash=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ] && return
  printf 'Installing npm packages in %s\n' "$folder"
  (cd "$folder" && npm ci --no-audit --no-fund)
  printf '%s\n' "$hash" >"$stamp"
}

# The pages that the application embeds and the station serves: ui/dist (the desk) and ui/dist-chat (the customers').
interface() {
  local stamp=ui/node_modules/.countersign-built hash
  hash=$(find ui assets/fonts assets/icons \( -name node_modules -o -name dist -o -name dist-chat -o -name test \) -prune \
    -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  if [ -f ui/dist/index.html ] && [ -f ui/dist-chat/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ]; then
    return
  fi
  printf 'Building the interface\n'
  (cd ui && npm run --silent build)
  printf '%s\n' "$hash" >"$stamp"
}

need cargo 'Install Rust with rustup (https://rustup.rs); rust-toolchain.toml then picks the version.'
need node 'Install Node.js 20.19 or newer.'
need npm 'It comes with Node.js 20.19 or newer.'
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old: the interface needs 20.19 or newer."
system_packages
npm_packages ui
if [ "$purpose" = test ] && [ -f tests/browser/package.json ]; then npm_packages tests/browser; fi
interface
