# Shared by the scripts in this folder: where things are, the one selection of packages, and steps that are timed.
# Source it from a script that was started in the root of the tree.

# Another selection changes feature unification and rebuilds everything, so every build uses this one.
SELECTION=(--locked --workspace --features countersign/custom-protocol)

# The folder that cargo builds into; honours CARGO_TARGET_DIR and cargo's own settings.
target_folder() {
  cargo metadata --format-version 1 --no-deps --locked | sed -e 's/.*"target_directory":"//' -e 's/".*//'
}

fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# Steps: `step NAME COMMAND…` runs a command, keeps its log under steps/ in the target folder, and notes minutes and
# counts. A step that fails does not stop those after it. `summary` prints the table and returns 1 if anything failed.
STEPS=()
FAILURES=()
PASSED=0
FAILED=0

# What a log says failed, a line each: nextest, cargo test, vitest (errors outside any test as well), node's runner, rustc.
# Where none of them says it, how the log ends.
failures_in() {
  local plain found
  plain=$(sed 's/\x1b\[[0-9;]*m//g' "$1")
  found=$(grep -E '^ +(FAIL|TIMEOUT|SIG[A-Z]+) \[|^test .* FAILED$|^ *FAIL  |^(Unhandled|[A-Za-z]*Error: )|Unhandled (Error|Rejection)|originated in|^not ok |^ *✖ |^error' <<<"$plain" | awk '!seen[$0]++' | head -12)
  if [ -n "$found" ]; then printf '%s\n' "$found"; else tail -5 <<<"$plain"; fi
}

# Sums what a log says of tests: nextest, cargo test, vitest and node's runner. Prints "passed failed".
count_tests() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /tests? run: [0-9]+ passed/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^(failed|timed)/) f += $(i-1) } }
    /^test result: / { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1) } }
    /^ *Tests  / { for (i = 2; i <= NF; i++) { if ($i == "passed") p += $(i-1); if ($i == "failed") f += $(i-1) } }
    /^(#|ℹ) pass [0-9]+$/ { p += $3 }
    /^(#|ℹ) fail [0-9]+$/ { f += $3 }
    END { print p + 0, f + 0 }'
}

step() {
  local name=$1 began=$SECONDS status=passed passed failed log
  shift
  mkdir -p "$TARGET/steps"
  log="$TARGET/steps/${name// /-}.log"
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$log"
  [ "${PIPESTATUS[0]}" = 0 ] || status=failed
  read -r passed failed < <(count_tests "$log")
  if [ $((passed + failed)) = 0 ] && [ $status = passed ]; then passed=1; fi
  if [ "$failed" = 0 ] && [ $status = failed ]; then failed=1; fi
  if [ $status = failed ]; then FAILURES+=("$name failed:" "$(failures_in "$log")"); fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  STEPS+=("$(awk -v s=$((SECONDS - began)) -v n="$name" -v r="$status" 'BEGIN { printf "%-28s %6.2f min  %s", n, s / 60, r }')")
  if [ -n "${STEPS_RECORD:-}" ]; then
    awk -v s=$((SECONDS - began)) -v n="$name" -v r="$status" \
      'BEGIN { printf "{\"name\": \"%s\", \"minutes\": %.2f, \"passed\": %s}\n", n, s / 60, r == "passed" ? "true" : "false" }' \
      >>"$STEPS_RECORD"
  fi
  [ $status = passed ]
}

summary() {
  printf '\n'
  printf '%s\n' "${STEPS[@]}"
  if [ -n "${STEPS_REPORT:-}" ]; then
    {
      printf '%s\n' "${STEPS[@]}"
      printf 'COUNT %s %s\n' "$PASSED" "$FAILED"
      if [ ${#FAILURES[@]} -gt 0 ]; then printf '%s\n' "${FAILURES[@]}" | sed 's/^/WHY /'; fi
    } >>"$STEPS_REPORT"
  fi
  if [ ${#FAILURES[@]} -gt 0 ]; then printf '\n'; printf '%s\n' "${FAILURES[@]}"; fi
  printf '\n%s passed, %s failed\n' "$PASSED" "$FAILED"
  [ "$FAILED" = 0 ]
}
