#!/bin/bash
# Shows that a new machine needs nothing but Debian, a Swift toolchain and this repository: runs `make demo`
# (or another target) in a copy-on-write view of this machine (overlay.sh) from which the packages that we
# install have been purged, on a copy of the repository that has never been built.
#
# usage (root): fresh-machine.sh [--built] DIR [TARGET…]
#
#   --built   the copy brings along what is built here already: minutes instead of a quarter of an hour
#   DIR       keeps the changes; it must be empty or missing
#   TARGET…   of the Makefile (default: demo)
set -euo pipefail

usage() { echo "usage: fresh-machine.sh [--built] DIR [TARGET…]" >&2; exit 64; }
here=$(dirname -- "$(realpath -- "$0")")
BUILT=
if [ "${1-}" = --built ]; then
  BUILT=yes
  shift
fi
[ $# -ge 1 ] || usage
DIR=$1
shift
[ $# -ge 1 ] || set -- demo
if [ -n "$(find "$DIR" -mindepth 1 -maxdepth 1 2> /dev/null | head -n 1)" ]; then
  echo "fresh-machine.sh: $DIR is not empty" >&2
  exit 64
fi
REPOSITORY=$(realpath -- "$here/../..")
export BUILT REPOSITORY

# shellcheck disable=SC2016
exec "$here/overlay.sh" "$DIR" bash -c '
  set -euo pipefail
  export DEBIAN_FRONTEND=noninteractive
  purge=
  for package in libsqlite3-dev glewlwyd strace sqlite3 cron faketime; do
    if [ "$(dpkg-query -W -f="\${db:Status-Status}" "$package" 2> /dev/null || true)" = installed ]; then
      purge="$purge $package"
    fi
  done
  if [ -n "$purge" ]; then apt-get -q purge -y $purge > /dev/null 2>&1; fi
  if [ -e /usr/include/sqlite3.h ]; then echo "fresh-machine.sh: sqlite3.h is still here" >&2; exit 70; fi

  # In its own place, the paths that a build remembers stay true; the view is of this process alone.
  cd "$REPOSITORY"
  if [ -z "$BUILT" ]; then
    copy=$(mktemp -d)
    git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d "" file; do
      if [ -e "$file" ]; then printf "%s\0" "$file"; fi
    done | xargs -0 cp --parents -t "$copy"
    cd "$copy"
  fi
  unset KEYTURN_PYTHON
  echo "a machine without$purge, in $PWD: make $*"
  make "$@"' bash "$@"
