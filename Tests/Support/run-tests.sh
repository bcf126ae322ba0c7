#!/bin/bash
# Runs a command that runs the tests, and says at the end what failed: where many tests run at once,
# that stands anywhere, and of a long log often only the end is shown.
#
# usage: Tests/Support/run-tests.sh COMMAND [ARGUMENT…]     (SECONDS_ALLOWED: 2100 unless set)
set -uo pipefail

allowed=${SECONDS_ALLOWED:-2100}
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

# Of a crash only the thread that crashed is of interest, and a terminal's debugger is not.
export SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,threads=crashed,images=none

# SIGINT, because that is what lets swift end the tests too; in the foreground, so that Ctrl-C does.
timeout --foreground --signal=INT --kill-after=60 "$allowed" "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
[ "$status" != 0 ] || exit 0

echo
echo "=== what failed (exit status $status)"
# A crash, from its reason to the registers, without what the compiler put between the frames.
sed -n '/Fatal error: /p; /\*\*\* Program crashed/,/^Registers:/p' "$log" |
  grep -avE '\[(thunk|system)\]|^$' | cut -c 1-200 | head -n 40
grep -aE '^(✘|↳|error: )' "$log" | grep -av '^↳ T[a-z]* [LP]' | tail -n 100
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
  echo "The tests were not done after $allowed s and were stopped. Begun and not ended:"
  comm -23 \
    <(sed -nE 's/^◇ Test (.*) started\.$/\1/p' "$log" | sort -u) \
    <(sed -nE 's/^[^ ]+ Test (.*) (passed|failed|skipped|cancelled)( after|:|\.).*/\1/p' "$log" |
      sed -E 's/ with [0-9]+ test cases?$//' | sort -u) | head -n 40
fi
exit "$status"
