#!/bin/bash
# Runs a command where the names of Microsoft's services lead to a server on this machine, so that it can
# be tried with no endpoint, port or CA configured. A network, mount and process namespace of its own makes
# that true for the command alone; the server ends with it.
#
# usage (root): internet.sh --server COMMAND --trust CA.pem [--host NAME]… [--log FILE] -- COMMAND…
#
#   --server COMMAND   started first, by bash; must listen on 127.0.0.1:443 with a certificate for the names
#   --trust CA.pem     added to the system's trusted certificates; the server may make it while it starts
#   --host NAME        one more name that leads to 127.0.0.1, beside Microsoft's own
#   --log FILE         gets what the server prints (default: nowhere)
#
# The exit status is the command's own; 77 says that this machine cannot do it, 69 that the server did not
# come up.
set -eu

SERVER='' TRUST='' LOG=/dev/null
HOSTS='login.microsoftonline.com graph.microsoft.com contoso.crm.dynamics.com'
usage() {
  echo "usage: internet.sh --server COMMAND --trust CA.pem [--host NAME]… [--log FILE] -- COMMAND…" >&2
  exit 64
}
while [ $# -ge 2 ] && [ "$1" != -- ]; do
  case $1 in
    --server) SERVER=$2 ;;
    --trust) TRUST=$(realpath -m -- "$2") ;;
    --host) HOSTS="$HOSTS $2" ;;
    --log) LOG=$(realpath -m -- "$2") ;;
    *) usage ;;
  esac
  shift 2
done
if [ $# -lt 2 ] || [ -z "$SERVER" ] || [ -z "$TRUST" ]; then usage; fi
shift
[ "$(id -u)" = 0 ] || { echo "internet.sh: namespaces take root" >&2; exit 77; }

export SERVER TRUST LOG HOSTS
# shellcheck disable=SC2016
exec unshare --net --mount --pid --fork --kill-child --mount-proc bash -c '
  set -eu
  ip link set lo up
  # Once a file is mounted over another, its own name is no longer needed.
  cover() {
    local new
    new=$(mktemp)
    chmod 644 "$new"
    cat > "$new"
    mount --bind "$new" "$1"
    rm "$new"
  }
  { echo "127.0.0.1 localhost"; for host in $HOSTS; do echo "127.0.0.1 $host"; done; } | cover /etc/hosts
  bash -c "exec $SERVER" > "$LOG" 2>&1 < /dev/null &
  server=$!
  for attempt in $(seq 600); do
    kill -0 "$server" 2> /dev/null || attempt=600
    if [ -s "$TRUST" ] && (exec 3<> /dev/tcp/127.0.0.1/443) 2> /dev/null; then break; fi
    if [ "$attempt" = 600 ]; then echo "internet.sh: the server did not come up" >&2; exit 69; fi
    sleep 0.05
  done
  bundle=/etc/ssl/certs/ca-certificates.crt
  cat "$bundle" "$TRUST" | cover "$bundle"
  unset SERVER TRUST LOG HOSTS
  "$@"' bash "$@"
