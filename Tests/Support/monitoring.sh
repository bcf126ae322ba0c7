#!/bin/bash
# Runs Debian's node_exporter and Prometheus on loopback, the whole way of a metric to an alert:
# a .prom file -> the textfile collector -> a scrape -> cron/prometheus/keyturn.rules.yml.
#
# usage: monitoring.sh up DIR [RULES.yml]
#        monitoring.sh down DIR
#
# `up` starts both on free ports and prints, once they answer,
#
#   textfiles=DIR/text      where *.prom files go
#   exporter=URL            node_exporter, whose /metrics has what it read
#   prometheus=URL          its API; a scrape a second
#   pids=PID PID
#
# `down` ends both; what was forgotten ends by itself after half an hour. Alerts stay in Prometheus: it is
# given no Alertmanager.
set -euo pipefail
umask 022

fail() { echo "monitoring.sh: $1" >&2; exit "${2:-1}"; }

[ $# -ge 2 ] || fail "usage: monitoring.sh up|down DIR [RULES.yml]" 64
verb=$1
mkdir -p -- "$2"
dir=$(realpath -- "$2")
rules=$(realpath -- "${3-$(dirname -- "$(realpath -- "$0")")/../../cron/prometheus/keyturn.rules.yml}")

down() {
  [ -f "$dir/pids" ] || return 0
  # shellcheck disable=SC2046
  kill $(cat "$dir/pids") 2> /dev/null || true
  rm -f -- "$dir/pids"
}

case $verb in
  down) down; exit 0 ;;
  up) ;;
  *) fail "unknown verb $verb: up or down" 64 ;;
esac
PATH=$PATH:/usr/sbin:/sbin
for program in prometheus promtool prometheus-node-exporter curl python3; do
  command -v "$program" > /dev/null || fail "$program is not installed: make deps TESTS=1" 77
done

mkdir -p "$dir/text"
# Two at once, so that they are not the same one.
read -r exporter prometheus < <(python3 -c '
import socket
both = [socket.socket() for _ in range(2)]
for one in both: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in both))')
cat > "$dir/prometheus.yml" << END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["$rules"]
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ["127.0.0.1:$exporter"] }]
END
promtool check config "$dir/prometheus.yml" > "$dir/config.log" 2>&1 || fail "$(cat "$dir/config.log")"

: > "$dir/pids"
start() { # NAME COMMAND…
  local name=$1
  shift
  # With no output of this script's, or whoever reads that would wait for the servers' end.
  timeout 1800 "$@" > "$dir/$name.log" 2>&1 < /dev/null &
  echo $! >> "$dir/pids"
}
trap 'down' ERR
start exporter prometheus-node-exporter --web.listen-address="127.0.0.1:$exporter" \
  --collector.disable-defaults --collector.textfile --collector.textfile.directory="$dir/text"
start prometheus prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" \
  --web.listen-address="127.0.0.1:$prometheus"
for address in "$exporter/metrics" "$prometheus/-/ready"; do
  for _ in $(seq 200); do
    curl -sf --noproxy '*' -o /dev/null "http://127.0.0.1:$address" && continue 2
    sleep 0.1
  done
  tail -n 20 "$dir"/*.log >&2
  down
  fail "no answer at 127.0.0.1:$address within 20 seconds"
done
echo "textfiles=$dir/text"
echo "exporter=http://127.0.0.1:$exporter"
echo "prometheus=http://127.0.0.1:$prometheus"
echo "pids=$(tr '\n' ' ' < "$dir/pids")"
