#!/bin/bash
# Runs a command in a copy-on-write view of this machine: it may install or purge packages and write
# anywhere, and nothing outside DIR changes. Whatever it started ends with it.
#
# usage (root): overlay.sh [--private-network] [--private-devices] DIR COMMAND…
#
#   DIR                  keeps what was changed, in DIR/upper; used again, the changes are there again
#   --private-network    only a loopback interface of its own
#   --private-devices    a /dev of its own, in which sockets such as /dev/log can be made
#
# The exit status is the command's own; 77 says that this machine cannot do it.
set -eu

NETWORK='' DEVICES=''
while [ $# -gt 0 ]; do
  case $1 in
    --private-network) NETWORK=private ;;
    --private-devices) DEVICES=private ;;
    --*) echo "overlay.sh: unknown option $1" >&2; exit 64 ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 2 ] || { echo "usage: overlay.sh [--private-network] [--private-devices] DIR COMMAND…" >&2; exit 64; }
[ "$(id -u)" = 0 ] || { echo "overlay.sh: mounting takes root" >&2; exit 77; }
DIR=$(realpath -m -- "$1")
shift
mkdir -p "$DIR/upper" "$DIR/work" "$DIR/root"
grep -q overlay /proc/filesystems || modprobe overlay 2> /dev/null ||
  { echo "overlay.sh: this kernel has no overlayfs" >&2; exit 77; }

export DIR NETWORK DEVICES
namespaces=(--mount --pid --fork --kill-child)
[ -z "$NETWORK" ] || namespaces+=(--net)
# shellcheck disable=SC2016
exec unshare "${namespaces[@]}" bash -c '
  set -eu
  mount --make-rprivate /
  [ -z "$NETWORK" ] || ip link set lo up
  root=$DIR/root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$DIR/upper,workdir=$DIR/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  if [ -z "$DEVICES" ]; then
    mount --rbind /dev "$root/dev"
  else
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
      touch "$root/dev/$device"
      mount --bind "/dev/$device" "$root/dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    for stream in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${stream#*:}" "$root/dev/${stream%:*}"; done
    mkdir "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount --rbind /dev/pts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
  fi
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mkdir -p "$root/run/lock"
  unset DIR NETWORK DEVICES
  cd /
  exec chroot "$root" "$@"' bash "$@"
