#!/bin/bash
# Tells the whole story of one client secret with its real output, against a tenant on this machine: adopted
# with 23 days left, warned of, replaced, handed over, and the old one retired. Every step's exit status is
# checked, and what it says where that matters; the story stops loudly where it is not as told.
#
# usage: demo.sh KEYTURN SANDBOX
#
# Nothing outside a temporary directory is touched, and that is removed in the end. Takes about a minute.
set -euo pipefail
umask 077

[ $# = 2 ] || { echo "usage: demo.sh KEYTURN SANDBOX" >&2; exit 64; }
keyturn=$(realpath -- "$1")
sandbox=$(realpath -- "$2")
connection=magentrix-d365

directory=$(mktemp -d "${TMPDIR:-/tmp}/keyturn-demo.XXXXXX")
transcript=$directory/transcript
tenant=
leave() {
  if [ -n "$tenant" ]; then
    kill "$tenant" 2> /dev/null || true
    wait "$tenant" 2> /dev/null || true
  fi
  rm -rf -- "$directory"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
  bold='' dim='' plain=''
fi

tell() { printf '\n%s# %s%s\n' "$dim" "$*" "$plain"; }

broken() {
  printf '\n%sThe story is not as told: %s%s\n' "$bold" "$*" "$plain" >&2
  [ ! -s "$directory/sandbox.log" ] || { echo "The sandbox said last:" >&2; tail -n 5 "$directory/sandbox.log" >&2; }
  exit 1
}

# Shows a command of keyturn's, runs it, and wants that exit status of it. What it said is in $said.
run() { # STATUS ARGUMENT…
  local wanted=$1 status=0
  shift
  printf '%s$ keyturn %s%s\n' "$bold" "$*" "$plain"
  # No terminal: it must ask nothing, and say all that is needed.
  "$keyturn" "$@" 2>&1 | tee "$directory/said" || status=${PIPESTATUS[0]}
  said=$(cat "$directory/said")
  cat "$directory/said" >> "$transcript"
  [ "$status" = "$wanted" ] || broken "keyturn $1 ended with exit status $status, not $wanted"
  [ "$wanted" = 0 ] || printf '%s(exit status %s)%s\n' "$dim" "$status" "$plain"
}

says() { # TEXT: of the last command
  case $said in *"$1"*) ;; *) broken "\"$1\" is not in what was said last" ;; esac
}

# The sandbox's control calls do what an administrator does by hand in the Entra portal.
portal() { # METHOD PATH [BODY]
  curl -sS --fail-with-body --noproxy '*' --max-time 20 --cacert "$directory/ca.pem" -X "$1" \
    ${3:+-H 'Content-Type: application/json' -d "$3"} "$url/_sandbox/applications/$application/secrets$2"
}

# One text out of a line of JSON, which comes by standard input.
field() { sed -n "s/.*\"$1\" *: *\"\\([^\"]*\\)\".*/\\1/p"; }

known() { for text in "$@"; do [ -n "$text" ] || return 1; done; }

fact() { sed -n "s/^$1: //p" "$directory/started" | head -n 1; }

tell "A Microsoft Entra tenant on this machine: HTTPS, the token endpoint, Dataverse, one application with a secret."
printf '%s$ keyturn-sandbox --port 0 --days-left 23 --settle mild --directory %s &%s\n' "$bold" "$directory" "$plain"
# It ends by itself if this script is killed so hard that it cannot end it.
timeout 600 "$sandbox" --port 0 --seed 20 --days-left 23 --settle mild --directory "$directory" \
  > "$directory/started" 2> "$directory/sandbox.log" < /dev/null &
tenant=$!
for _ in $(seq 300); do
  if grep -qx ready "$directory/started"; then break; fi
  kill -0 "$tenant" 2> /dev/null || broken "the sandbox did not start"
  sleep 0.1
done
url=$(fact 'base url') application=$(fact 'client id') old_key=$(fact 'key id') old_end=$(fact 'expires at')
known "$url" "$application" "$old_key" "$old_end" || broken "the sandbox's first words are not understood"
sed -n '/^base url/p; /^client id/p; /^expires at/p' "$directory/started"

tell "The configuration comes with it. keyturn makes the key that seals secrets, and the database."
printf '%s$ export KEYTURN_CONFIG=%s/keyturn.yaml%s\n' "$bold" "$directory" "$plain"
export KEYTURN_CONFIG=$directory/keyturn.yaml
run 0 init

# A date, as the portal shows it: keyturn takes it for the end of that day.
tell "The secret that is in use ends in 23 days. keyturn proves that it works before it takes it over."
run 0 record "$connection" --expires "${old_end%%T*}" --key-id "$old_key" --secret-stdin < "$directory/seeded-secret"

tell "What cron does every night. Its exit status is what monitoring wants: 1 is a warning."
run 1 check
says WARNING
says "$connection expires in 23 days"

tell "What a rotation would do."
run 0 rotate "$connection" --guided --dry-run

tell "In the Entra portal an administrator makes a new secret for 24 months and copies its value."
# The value is in this shell's memory only, as on a clipboard: in no argument, file or environment.
made=$(portal POST '' '{"display_name": "Magentrix D365 Secret", "days": 730}') || broken "the portal made no secret"
new_key=$(field key_id <<< "$made") new_end=$(field expires_at <<< "$made")
known "$new_key" "$new_end" || broken "the portal's answer is not understood"
printf '  Description  Magentrix D365 Secret\n  Expires      %s\n  Value        %s%s\n  Secret ID    %s\n' \
  "${new_end%%T*}" "$(field hint <<< "$made")" '…  (copied)' "$new_key"

tell "keyturn gets it: it waits until every replica accepts it, asks Dataverse who it is, and switches."
tell "(At a terminal this is a conversation that waits for each step; here the value comes through a pipe.)"
run 0 rotate "$connection" --guided --key-id "$new_key" --expires "${new_end%%T*}" --secret-stdin \
  < <(field value <<< "$made")

tell "Where that leaves us: the new secret is current, the old one still works, the portal has yet to be told."
run 0 status "$connection"

tell "What is to be entered in Magentrix; the value itself is shown only when it is asked for."
run 0 show "$connection"
says "$application"

tell "Until somebody has done so, every night reminds of it."
run 1 check

tell "It has been entered, and the portal's connection works."
run 0 confirm "$connection"

tell "What comes next, and when."
run 0 plan

tell "Nobody uses the old secret any more: it is deleted in the portal, and keyturn proves that it is refused."
portal DELETE "/$old_key" > /dev/null || broken "the portal did not delete the old secret"
run 0 retire "$connection" --now --yes

tell "All of it is written down, in a chain that shows if somebody changed it afterwards."
run 0 history --verify

tell "And the nights are quiet again, for almost two years."
run 0 status
run 0 check
says OK:

# By standard input, so that the values are no arguments here either.
if grep -qF -f <(field value <<< "$made"; cat "$directory/seeded-secret") "$transcript"; then
  broken "a secret's value was printed"
fi
tell "Neither secret's value was printed anywhere above. That was the whole story."
