#!/bin/bash
# Lets a night pass in seconds: Debian's own cron daemon, on a clock of its own, runs keyturn's nightly job
# from the file that cron/install.sh puts into /etc/cron.d. All of it happens in a copy-on-write view of this
# machine (overlay.sh), so nothing is installed for good.
#
# usage (root): cron-night.sh [OPTION…] DIR BINARY [INSTALL-OPTION…]
#
#   DIR               keeps what was written: DIR/upper is the machine afterwards, as far as it changed
#   BINARY            the keyturn to install
#   INSTALL-OPTION…   given to cron/install.sh, such as --mailto ADDRESS
#
#   --prepare SCRIPT  run by sh after the installation: writes a configuration, records secrets …
#   --from TIME       when the clock starts (default: tomorrow at 03:10)
#   --zone ZONE       the machine's time zone (default UTC)
#   --speed N         how many seconds of cron's clock pass in one (default 60)
#   --jobs N          ends after N jobs have ended (default 1) …
#   --seconds N       … or after N real seconds (default 60)
#
# The job sees the same night, and its waiting passes 600 times as fast, so that even a random delay of an
# hour is over in six seconds. Printed is what came of it: every line of the system log after "== log", every
# mail after "== mail" as cron gave it to sendmail, and at the end "== jobs ended: N".
# Exit status: 0 when N jobs have ended, 1 when not, 77 when this machine cannot do it.
set -eu
here=$(dirname -- "$(realpath -- "$0")")

usage() { sed -n 's/^# usage (root): /usage: /p' "$0" >&2; exit 64; }

FROM="$(date -u -d tomorrow +%F) 03:10:00" ZONE=UTC SPEED=60 JOBS=1 SECONDS_AT_MOST=60 PREPARE=''
while [ $# -ge 2 ]; do
  case $1 in
    --prepare) PREPARE=$(realpath -- "$2") ;;
    --from) FROM=$2 ;;
    --zone) ZONE=$2 ;;
    --speed) SPEED=$2 ;;
    --jobs) JOBS=$2 ;;
    --seconds) SECONDS_AT_MOST=$2 ;;
    --*) usage ;;
    *) break ;;
  esac
  shift 2
done
[ $# -ge 2 ] || usage
DIR=$1 BINARY=$(realpath -- "$2") INSTALL=$here/../../cron/install.sh
shift 2
command -v cron > /dev/null || PATH=$PATH:/usr/sbin
command -v cron > /dev/null || { echo "cron-night.sh: cron is not installed: run make deps TESTS=1" >&2; exit 77; }
CLOCK=$(find /usr/lib -path '*/faketime/libfaketime.so.1' | head -n 1)
[ -n "$CLOCK" ] || { echo "cron-night.sh: faketime is not installed: run make deps TESTS=1" >&2; exit 77; }
export FROM ZONE SPEED JOBS SECONDS_AT_MOST PREPARE BINARY INSTALL CLOCK PATH

# shellcheck disable=SC2016
exec "$here/overlay.sh" --private-devices "$DIR" bash -c '
  set -eu
  work=/var/tmp/cron-night
  rm -rf "$work"
  mkdir -p "$work/mail"

  # Only the job in question.
  rm -f /etc/cron.d/* /var/spool/cron/crontabs/* 2> /dev/null || true
  : > /etc/crontab
  ln -sf "/usr/share/zoneinfo/$ZONE" /etc/localtime
  echo "$ZONE" > /etc/timezone

  cat > /usr/sbin/sendmail << "END"
#!/bin/sh
mail=$(mktemp /var/tmp/cron-night/mail/XXXXXX.part)
cat > "$mail"
mv "$mail" "${mail%.part}"
END
  chmod 755 /usr/sbin/sendmail

  # The system log: what programs send to /dev/log, without the priority in front.
  python3 - "$work/log" << "END" &
import re, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
with open(sys.argv[1], "a", encoding="utf-8", errors="replace") as file:
    while True:
        line = log.recv(65536).decode(errors="replace").rstrip("\0\n")
        print(re.sub(r"^<\d+>", "", line), file=file, flush=True)
END
  for _ in $(seq 200); do [ -S /dev/log ] && [ -e "$work/log" ] && break; sleep 0.05; done

  sh "$INSTALL" --binary "$BINARY" "$@" > "$work/installed" || { cat "$work/installed"; exit 1; }
  if [ -n "$PREPARE" ]; then sh "$PREPARE"; fi

  # The job gets no variable from cron but those of its file, and what PAM reads here.
  printf "LD_PRELOAD=%s\nFAKETIME=\"@%s x600\"\n" "$CLOCK" "$FROM" >> /etc/environment

  LD_PRELOAD=$CLOCK FAKETIME="@$FROM x$SPEED" FAKETIME_DONT_RESET=1 TZ=$ZONE cron -f -L 3 < /dev/null &
  cron=$!
  ended() { grep -c "CRON\[[0-9]*\]: ([^)]*) END" "$work/log" || true; }
  until=$((SECONDS + SECONDS_AT_MOST))
  while [ "$SECONDS" -lt "$until" ] && [ "$(ended)" -lt "$JOBS" ]; do sleep 0.2; done
  # A mail is on its way when its job has ended.
  for _ in $(seq 25); do
    sleep 0.2
    [ -n "$(find "$work/mail" -name "*.part")" ] || [ "$(pgrep -c -P "$cron")" -gt 0 ] || break
  done
  kill "$cron"
  echo "== log"
  cat "$work/log"
  find "$work/mail" -type f -printf "%T@ %p\n" | sort -n | while read -r _ mail; do
    echo "== mail"
    cat "$mail"
  done
  jobs=$(ended)
  echo "== jobs ended: $jobs"
  [ "$jobs" -ge "$JOBS" ]' bash "$@"
