#!/bin/bash
# Runs the terminal sessions of README.md against a sandbox tenant, and compares what is printed with what
# README.md says. The rules of a session stand in the comment at the top of README.md.
#
# usage: readme-sessions.sh [--update] FOLDER [README]
#
#   --update   writes the output into README instead, where it differs (wants to be root, for the host's name)
#   FOLDER     has keyturn and keyturn-sandbox, such as .build/debug
#   README     (default: README.md of this repository)
#
# Exit status: 0 README is true, 1 it is not (a diff is printed), 64 wrong usage, 69 something is missing.
# Nothing outside a temporary directory is touched. Takes less than a minute.
set -euo pipefail
umask 077

usage() { echo "usage: readme-sessions.sh [--update] FOLDER [README]" >&2; exit 64; }
missing() { echo "readme-sessions.sh: $1" >&2; exit 69; }

support=$(dirname -- "$(realpath -- "$0")")
mode=compare
if [ "${1-}" = --update ]; then
  mode=update
  shift
fi
[ $# = 1 ] || [ $# = 2 ] || usage
binaries=$(realpath -- "$1")
readme=$(realpath -- "${2-$support/../../README.md}")
[ -f "$readme" ] || missing "there is no $readme"
for program in "$binaries/keyturn" "$binaries/keyturn-sandbox"; do
  [ -x "$program" ] || missing "there is no program $program: make build"
done
for program in curl python3; do
  command -v "$program" > /dev/null || missing "$program is not installed: make deps TESTS=1"
done
# The Swift toolchain brings clang along.
compiler=$(command -v clang || command -v cc) || missing "there is no C compiler"
if [ "$mode" = update ] && [ "$(hostname)" != crm01 ]; then
  # In a view of its own, the machine has the name that README shows.
  # shellcheck disable=SC2016
  exec unshare --uts sh -c 'hostname crm01 && exec "$@"' sh "$0" --update "$binaries" "$readme"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/keyturn-readme.XXXXXX")
tenant=
leave() {
  if [ -n "$tenant" ]; then
    kill "$tenant" 2> /dev/null || true
    wait "$tenant" 2> /dev/null || true
  fi
  [ ! -e "$work/other" ] || kill "$(cat "$work/other")" 2> /dev/null || true
  rm -rf -- "$work"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM
home=$work/home
mkdir "$work/bin" "$work/said" "$home"

# Seconds between the machine's clock and that of the sessions, which begins here and runs on.
printf '%d\n' $(($(date -d '2026-11-22 02:10:00 UTC' +%s) - $(date +%s))) > "$work/clock"
"$compiler" -shared -fPIC -O1 -o "$work/clock.so" "$support/clock.c"
cat > "$work/bin/at-that-time" << EOF
#!/bin/sh
SESSION_CLOCK=\$(cat "$work/clock") LD_PRELOAD=$work/clock.so exec "\$@"
EOF
cat > "$work/bin/keyturn" << EOF
#!/bin/sh
exec "$work/bin/at-that-time" "$binaries/keyturn" "\$@"
EOF
# The sandbox's control calls do what a person does in the portal.
cat > "$work/bin/portal" << EOF
#!/bin/sh
# usage: portal METHOD PATH [BODY]
exec "$work/bin/at-that-time" curl -sS --fail-with-body --noproxy '*' --max-time 20 --cacert "\$(cat "$work/authority")" -X "\$1" \\
  \${3:+-H 'Content-Type: application/json' -d "\$3"} "\$(cat "$work/url")/_sandbox/\$2"
EOF
cat > "$work/bin/await-tenant" << EOF
#!/bin/bash
# usage: await-tenant FOLDER OUTPUT PROCESS: until the sandbox is ready; the portal is its portal from then on.
set -eu
for _ in \$(seq 300); do
  if grep -qx ready "\$2"; then break; fi
  kill -0 "\$3"
  sleep 0.1
done
fact() { sed -n "s/^\$1: //p" "\$2" | head -n 1; }
fact 'base url' "\$2" > "$work/url"
fact 'client id' "\$2" > "$work/application"
echo "$home/\$1/ca.pem" > "$work/authority"
printf '{"key_id": "%s"}\n' "\$(fact 'key id' "\$2")" > "$work/newest"
EOF
cat > "$work/bin/another-tenant" << EOF
#!/bin/sh
# usage: another-tenant FOLDER [OPTION…]: starts another sandbox there.
set -eu
folder=\$1
shift
timeout 600 at-that-time "$binaries/keyturn-sandbox" --port 0 --directory "\$folder" --settle none \\
  --seed 8 --days-left 23 "\$@" > "$work/started-\$folder" 2>&1 < /dev/null &
echo \$! > "$work/other"
await-tenant "\$folder" "$work/started-\$folder" \$!
EOF
cat > "$work/bin/portal-secret" << EOF
#!/bin/sh
# Makes a secret for 24 months, prints its value, and remembers it as the newest one.
set -eu
umask 077
[ ! -e "$work/newest" ] || mv "$work/newest" "$work/old"
portal POST "applications/\$(cat "$work/application")/secrets" \\
  '{"display_name": "Magentrix D365 Secret", "days": 730}' > "$work/newest"
fact-of-newest value
EOF
cat > "$work/bin/fact-of-newest" << EOF
#!/bin/sh
# usage: fact-of-newest value | key_id | expires_at
sed -n "s/.*\"\$1\" *: *\"\\([^\"]*\\)\".*/\\1/p" "$work/newest"
EOF
cat > "$work/bin/portal-delete" << EOF
#!/bin/sh
# usage: portal-delete KEYID | --old
set -eu
key=\$1
if [ "\$key" = --old ]; then key=\$(sed -n 's/.*"key_id" *: *"\\([^"]*\\)".*/\\1/p' "$work/old"); fi
portal DELETE "applications/\$(cat "$work/application")/secrets/\$key"
EOF
cat > "$work/bin/later" << EOF
#!/bin/sh
# usage: later N days: the clocks of keyturn and of the tenant go on by so much.
set -eu
seconds=\$((\$1 * 86400))
printf '%d\n' \$((\$(cat "$work/clock") + seconds)) > "$work/clock"
portal POST clock "{\"advance_seconds\": \$seconds}" > /dev/null
EOF
chmod 700 "$work"/bin/*

cat > "$work/sessions.py" << 'EOF'
"""Reads the sessions of a README (plan), and compares or replaces what they print (judge)."""
import difflib
import json
import re
import shlex
import sys

WORK, README = sys.argv[2], sys.argv[3]


def sessions(lines):
    """The steps in order: silent shell lines, commands, and conversations, with the output README gives them."""
    steps, answers, number = [], [], 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("<!-- session:"):
            text = line.removeprefix("<!-- session:")
            while True:
                inner = text.removesuffix("-->").strip()
                if " =>" in inner:
                    answers.append([part.strip() for part in inner.split(" =>", 1)])
                elif inner:
                    steps.append({"kind": "silent", "command": inner, "line": number})
                if text.endswith("-->"):
                    break
                text = lines[number]
                number += 1
        elif line in ("```console", "```console terminal"):
            kind = "command" if line == "```console" else "conversation"
            step = None
            while lines[number] != "```":
                line = lines[number]
                number += 1
                if line.startswith("$ "):
                    step = {"kind": kind, "command": line[2:], "line": number, "from": number, "to": number}
                    if kind == "conversation":
                        step["answers"], answers = answers, []
                    steps.append(step)
                elif step is None:
                    sys.exit(f"README.md:{number}: a session begins with a command")
                elif line.startswith("> ") and step["to"] == step["from"] and lines[number - 2].endswith("\\"):
                    step["command"] += "\n" + line[2:]
                    step["from"] = step["to"] = number
                else:
                    step["to"] = number
            number += 1
    return steps


def script_of(answers):
    steps = []
    for prompt, answer in answers:
        steps += [{"expect": prompt, "timeout": 60}, {"sleep": 0.5}]
        if answer.startswith("@"):
            steps += [{"send_file": f"{WORK}/answer-{answer[1:]}"}, {"send": "\r"}]
        else:
            steps.append({"send": answer + "\r"})
    return steps


def plan():
    print("true")
    for number, step in enumerate(sessions(open(README, encoding="utf-8").read().split("\n"))):
        said = shlex.quote(f"{WORK}/said/{number}")
        print("__status=$?")
        if step["kind"] == "silent":
            print(f"{{ {step['command']}; }} > {said} 2>&1 || broken {number}; (exit $__status)")
        elif step["kind"] == "command":
            # As in a terminal: $? is that of the command before.
            print(f"exec > {said} 2>&1; (exit $__status)\n{step['command']}")
        else:
            with open(f"{WORK}/conversation-{number}", "w", encoding="utf-8") as file:
                json.dump(script_of(step["answers"]), file)
            print(f"converse {number} {step['command']}")


def said(number, step):
    if step["kind"] == "command":
        with open(f"{WORK}/said/{number}", encoding="utf-8") as file:
            return file.read().rstrip("\n").split("\n")
    with open(f"{WORK}/said/{number}", encoding="utf-8") as file:
        text = file.read()
    if not text.startswith("{"):
        sys.exit(text)
    heard = json.loads(text)
    if heard["failed"]:
        sys.exit(f"README.md:{step['line']}: $ {step['command']}: {heard['failed']}")
    # A line that was drawn over itself shows what was drawn last.
    lines = heard["output"].replace("\r\n", "\n").rstrip("\n").split("\n")
    return [re.split(r"\r(?:\x1b\[2K)?", line)[-1].rstrip() for line in lines]


VARIABLE = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<guid>"),
    (r"kt-[0-9a-f]{4}-[0-9a-f]{6}", "<marker>"),
    (r"localhost:\d+", "localhost:<port>"),
    (re.escape(f"{WORK}/home/"), "<home>/"),
    (r"/root/rehearsal/", "<home>/"),
    (r"(\d{4}-\d\d-\d\d)T(?!23:59:59)\d\d:\d\d:\d\dZ", r"\1T<time>Z"),
    (r"(?<!\S)[!-~]{3}\*\*\*", "<hint>***"),
    (r"\bbegins (with )?[!-~]{3}(?![!-~]{2})", r"begins \1<hint>"),
    (r"\b(\d+ min )?\d+ s\b", "<duration>"),
    (r"duration=\d+s", "duration=<duration>"),
    (r"\S+@\S+ \((no )?terminal\)", r"<who> (\1terminal)"),
    (r"[ \t]+", " "),
    (r" $", ""),
]


def normal(lines):
    result = []
    for line in lines:
        for pattern, word in VARIABLE:
            line = re.sub(pattern, word, line)
        result.append(line)
    return result


def shown(lines):
    """What was said, with the names that README gives to what differs from machine to machine."""
    port = re.compile(r"localhost:\d+")
    return [port.sub("localhost:8443", line.replace(f"{WORK}/home/", "/root/rehearsal/")) for line in lines]


def judge(updates):
    lines = open(README, encoding="utf-8").read().split("\n")
    steps = [(n, s) for n, s in enumerate(sessions(lines)) if s["kind"] != "silent"]
    if not steps:
        sys.exit("README.md has no session")
    wrong = 0
    for number, step in steps:
        expected, found = lines[step["from"]:step["to"]] or [""], said(number, step)
        if normal(expected) == normal(found):
            continue
        wrong += 1
        print(f"README.md:{step['line']}: $ {step['command']}")
        for line in list(difflib.unified_diff(
                normal(expected), normal(found), "README.md", "what is printed", lineterm="", n=1))[2:]:
            print(f"  {line}")
    if updates and wrong:
        # All of them, so that one secret has one key id in the whole story.
        for number, step in reversed(steps):
            found = said(number, step)
            lines[step["from"]:step["to"]] = [] if found == [""] else shown(found)
        with open(README, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
    print(f"README.md: {len(steps)} commands, {wrong} {'changed' if updates else 'not as printed'}")
    sys.exit(1 if wrong and not updates else 0)


if sys.argv[1] == "plan":
    plan()
else:
    judge(sys.argv[1] == "update")
EOF

# It ends by itself if this script is killed so hard that it cannot end it.
cd "$home"
timeout 600 env TZ=UTC "$work/bin/at-that-time" "$binaries/keyturn-sandbox" --port 0 --directory sandbox \
  --settle none --seed 7 --days-left 23 > "$work/started" 2> "$work/sandbox.log" < /dev/null &
tenant=$!
"$work/bin/await-tenant" sandbox "$work/started" "$tenant" ||
  { cat "$work/sandbox.log" >&2; missing "the sandbox did not start"; }

python3 "$work/sessions.py" plan "$work" "$readme" > "$work/program"
cat > "$work/prelude" << EOF
broken() { echo "\$1" > "$work/broken"; exit 69; }
converse() {
  local number=\$1 fact
  shift
  for fact in value key_id; do
    fact-of-newest "\$fact" | tr -d '\n' > "$work/answer-\$fact"
  done
  fact-of-newest expires_at | cut -c 1-10 | tr -d '\n' > "$work/answer-expires"
  # What was not said as README has it is found when it is compared.
  python3 "$support/terminal.py" --columns 100 --limit 120 "$work/conversation-\$number" -- "\$@" \\
    > "$work/said/\$number" 2>&1 || true
}
EOF
cat "$work/program" - >> "$work/prelude" << DONE
touch "$work/done"
DONE
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SUDO_USER
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=100 KEYTURN_CONFIG=sandbox/keyturn.yaml
PATH=$work/bin:$PATH timeout 300 bash "$work/prelude" < /dev/null > /dev/null 2> "$work/errors" || true
if [ -e "$work/broken" ]; then
  cat "$work/said/$(cat "$work/broken")" >&2
  missing "a silent line of a session failed"
fi
if [ ! -e "$work/done" ]; then
  cat "$work/errors" >&2
  missing "the sessions did not come to their end in 5 minutes"
fi
python3 "$work/sessions.py" "$mode" "$work" "$readme"
