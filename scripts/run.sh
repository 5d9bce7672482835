#!/usr/bin/env bash
# Starts Countersign on the sample shop: the window where there is a display, else the station with the browser desk.
# What follows the script's name goes to the program, for example: scripts/run.sh --data my-folder
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

arguments=(--sample-shop --assets "$PWD/assets" "$@")
printf 'Building (debug profile: the first time takes ten minutes or more on two cores)\n'
cargo build "${SELECTION[@]}" --all-targets
target=$(target_folder)

printf '\nTry the sample shop: invented customers and orders, in a data folder of their own. The first page shows where.\n'
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "$target/debug/countersign" "${arguments[@]}"
fi
case " ${arguments[*]} " in
*' --desk '*) ;;
*) arguments+=(--desk 127.0.0.1:4311) ;;
esac
printf 'No display here, so the desk is served to a browser. The station prints its address and a one-time token.\n\n'
exec "$target/debug/countersign-station" "${arguments[@]}"
