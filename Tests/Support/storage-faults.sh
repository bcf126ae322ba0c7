#!/bin/bash
# Runs a command while the disk under a database fails it, by strace's fault injection.
#
# usage: storage-faults.sh [--alone] count DATABASE -- COMMAND…
#        storage-faults.sh [--alone] FAULT[:N] DATABASE -- COMMAND…
#
#   write-enospc   the Nth write fails: the disk is full            (and every later one, as on a real disk)
#   write-eio      the Nth write fails: the disk has an error       (that one only)
#   fsync-eio      the Nth fsync or fdatasync fails                 (that one only)
#   kill-write     the command is killed (SIGKILL) just before its Nth write
#   kill-fsync     … just before its Nth fsync or fdatasync
#   count          nothing fails
#   --alone        without the second reader (below)
#
# N is 1 when it is left out. The last line on standard error says what came of it: "hit CALL of FILE" or
# "hit nothing", so that a test can go up from 1 until nothing is hit; for count "writes W fsyncs F threads T".
#
# Only calls on the DATABASE, its -wal, -shm and -journal files and their directory are touched: the command
# loads, logs and talks undisturbed. DATABASE is a real path, with no symbolic link in it.
#
# strace counts for each thread on its own. A second reader therefore keeps the database open meanwhile, so
# that opening and closing it writes nothing: what is left are the transactions, which come from one thread
# (count tells). It is killed in the end, so that the next to open the database finds the log as it was left,
# as after a crash. --alone leaves the reader out, for faults while the database is opened and closed.
#
# The exit status is the command's own, 137 when it was killed; 77 when strace cannot be used here.
set -eu

usage() { sed -n '4,5s/^# \{0,1\}//p' "$0" >&2; exit 64; }
alone=
if [ "${1-}" = --alone ]; then
  alone=yes
  shift
fi
if [ $# -lt 4 ] || [ "$3" != -- ]; then usage; fi
fault=${1%%:*} nth=1
case $1 in *:*) nth=${1#*:} ;; esac
case $nth in '' | 0* | *[!0-9]*) usage ;; esac
database=$2
shift 3
for program in strace sqlite3; do
  command -v "$program" > /dev/null || { echo "storage-faults.sh: $program is not installed: run make deps TESTS=1" >&2; exit 77; }
done

writes=write,pwrite64,writev,pwritev
syncs=fsync,fdatasync
case $fault in
  write-enospc) inject=$writes:error=ENOSPC:when=$nth+ ;;
  write-eio) inject=$writes:error=EIO:when=$nth ;;
  fsync-eio) inject=$syncs:error=EIO:when=$nth ;;
  # An injected signal alone would come after the call; with an error as well the call itself never happens.
  kill-write) inject=$writes:error=EIO:signal=KILL:when=$nth ;;
  kill-fsync) inject=$syncs:error=EIO:signal=KILL:when=$nth ;;
  count) inject='' ;;
  *) usage ;;
esac

options=(-f -qq -y -e "trace=$writes,$syncs")
[ -z "$inject" ] || options+=(-e "inject=$inject")
for path in "$database" "$database-wal" "$database-shm" "$database-journal" "$(dirname -- "$database")"; do
  options+=(-P "$path")
done

calls=$(mktemp)
reader=
end_reader() {
  if [ -n "$reader" ]; then kill -KILL "$reader"; wait "$reader"; fi 2> /dev/null || true
  reader=
}
trap 'end_reader; rm -f -- "$calls"' EXIT
if [ -z "$alone" ]; then
  coproc READER { exec sqlite3 "$database"; }
  # shellcheck disable=SC2153
  reader=$READER_PID
  # Writing the version that is there already makes the write-ahead log, and changes nothing.
  version=$(sqlite3 -readonly "$database" 'pragma user_version')
  printf '.timeout 5000\npragma user_version = %s;\nselect 1;\n' "$version" >&"${READER[1]}"
  read -r -t 20 _ <&"${READER[0]}" || { echo "storage-faults.sh: $database cannot be opened" >&2; exit 70; }
fi

status=0
# In the background, so that this shell can keep the word "Killed" to itself.
strace "${options[@]}" -o "$calls" -- "$@" <&0 &
{ wait "$!" || status=$?; } 2> /dev/null
end_reader
count() { grep -cE "^[0-9]+ +($1)\\(" "$calls" || true; }
if [ "$fault" = count ]; then
  threads=$(cut -d ' ' -f 1 "$calls" | sort -u | wc -l)
  echo "writes $(count 'p?write(64|v)?') fsyncs $(count 'fsync|fdatasync') threads $threads" >&2
else
  # An error reads "PID pwrite64(7</dir/keyturn.db-wal>, … = -1 EIO (Input/output error) (INJECTED)"; a call that
  # its process did not survive has no result: "PID pwrite64(7</dir/keyturn.db-wal>, … <unfinished ...>" or "= ?".
  hit=$(sed -nE '/INJECTED|unfinished \.\.\.>$|= \?$/s|^[0-9]+ +([a-z0-9]+)\([0-9]+<([^>]*/)?([^>/]*)>.*|\1 of \3|p' "$calls" |
    case $fault in kill-*) tail -n 1 ;; *) head -n 1 ;; esac)
  case $fault in kill-*) [ "$status" = 137 ] || hit='' ;; esac
  echo "hit ${hit:-nothing}" >&2
fi
exit "$status"
