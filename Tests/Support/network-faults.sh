#!/bin/bash
# Runs a command on a machine whose loopback has one fault, for one port. The network is the command's own, so
# whatever serves that port must be started by the command itself; it ends with it.
#
# usage (root): network-faults.sh FAULT PORT COMMAND…
#
#   loss        one packet in five is lost, in both directions
#   refuse      connections are refused
#   reset       connections are reset after their first packets
#   black-hole  nothing is answered, ever
#   slow        8 kB a second
#
# The exit status is the command's own; 77 says that this machine cannot do it.
set -eu

[ $# -ge 3 ] || { echo "usage: network-faults.sh loss|refuse|reset|black-hole|slow PORT COMMAND…" >&2; exit 64; }
case $1 in
  loss | refuse | reset | black-hole | slow) ;;
  *) echo "network-faults.sh: unknown fault $1" >&2; exit 64 ;;
esac
[ "$(id -u)" = 0 ] || { echo "network-faults.sh: namespaces take root" >&2; exit 77; }
PATH=$PATH:/usr/sbin:/sbin
command -v nft > /dev/null || { echo "network-faults.sh: nftables is not installed: run make deps TESTS=1" >&2; exit 77; }
FAULT=$1 PORT=$2
shift 2
export FAULT PORT PATH

# shellcheck disable=SC2016
exec unshare --net --pid --fork --kill-child --mount --mount-proc bash -c '
  set -eu
  # A real link has small packets; those of 64 kB that loopback has would make one of anything.
  ip link set lo mtu 1500 up
  nft add table inet faults
  # Where packets come in: a packet that is dropped on its way out is noticed by the sender at once.
  nft add chain inet faults arriving "{ type filter hook input priority 0; }"
  rule() { nft add rule inet faults arriving tcp "$@"; }
  case $FAULT in
    loss)
      rule dport "$PORT" numgen random mod 5 == 0 drop
      rule sport "$PORT" numgen random mod 5 == 0 drop
      ;;
    refuse) rule dport "$PORT" reject with tcp reset ;;
    reset) rule dport "$PORT" ct original packets \> 4 reject with tcp reset ;;
    black-hole) rule dport "$PORT" drop ;;
    slow) tc qdisc add dev lo root tbf rate 64kbit burst 4kb latency 60s ;;
  esac
  unset FAULT PORT
  "$@"' bash "$@"
