#!/bin/sh
# Installs keyturn, its completions, its nightly job and what monitoring takes in, or takes them away again.
#
# usage: cron/install.sh [--prefix DIR] [--binary FILE] [--mailto ADDRESS] [--hour HOUR]
#                        [--delay SECONDS] [--systemd] [--dry-run]
#        cron/install.sh --remove [--prefix DIR] [--dry-run]
#
#   --prefix DIR       where programs go (default /usr/local)
#   --binary FILE      the program to install (default .build/release/keyturn, made by `make release`)
#   --mailto ADDRESS   who gets cron's mail after a night that was not all well (default root)
#   --hour HOUR        the hour of the nightly check, 0 to 23 (default 3)
#   --delay SECONDS    the longest random delay after that (default 3600)
#   --systemd          a systemd timer instead of the cron file
#   --remove           removes what was installed; configuration, key and database stay
#   --dry-run          says what would be done, and does nothing
#
# With DESTDIR in the environment everything goes below that directory, and nothing is started: for making
# packages and for tests. Running it again brings everything up to date. A configuration, a database or a
# key is never written, and a cron file or unit that was edited since it was installed is left as it is.
set -eu
umask 022

program=install.sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR-}
root=${root%/}
prefix=/usr/local
binary=$here/../.build/release/keyturn
mailto=root
hour=3
delay=3600
schedule=cron
remove=
dry=
mailto_given=

usage() {
  echo "$program: $1" >&2
  echo "usage: cron/install.sh [--prefix DIR] [--binary FILE] [--mailto ADDRESS] [--hour HOUR]" >&2
  echo "                       [--delay SECONDS] [--systemd] [--remove] [--dry-run]" >&2
  exit 64
}

fail() { # STATUS TEXT
  echo "$program: $2" >&2
  exit "$1"
}

number() { # OPTION VALUE: with no zero in front, which the shell's arithmetic would take for octal
  case $2 in '' | *[!0-9]* | 0?* | ???????*) usage "$1 takes a whole number, not \"$2\"" ;; esac
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --binary | --mailto | --hour | --delay)
      [ $# -ge 2 ] || usage "$1 needs a value"
      ;;
  esac
  case $1 in
    --prefix)
      prefix=${2%/}
      shift
      ;;
    --binary)
      binary=$2
      shift
      ;;
    --mailto)
      mailto=$2
      mailto_given=yes
      shift
      ;;
    --hour)
      hour=$2
      shift
      ;;
    --delay)
      delay=$2
      shift
      ;;
    --systemd) schedule=systemd ;;
    --remove) remove=yes ;;
    --dry-run) dry=yes ;;
    -h | --help)
      sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p;}' "$0"
      exit 0
      ;;
    *) usage "unknown argument \"$1\"" ;;
  esac
  shift
done

number --hour "$hour"
[ "$hour" -le 23 ] || usage "--hour goes from 0 to 23, not \"$hour\""
number --delay "$delay"
case $prefix in
  /*) ;;
  *) usage "--prefix must be an absolute path, not \"$prefix\"" ;;
esac
# The prefix is written into a crontab and into sed's scripts: only what is plain in both.
case $prefix in *[!A-Za-z0-9/._-]*) usage "--prefix may hold letters, digits and / . _ - only" ;; esac
# What cron itself accepts in MAILTO; anything else it would drop without a word.
case $mailto in
  '' | -* | *[!A-Za-z0-9@!:%.,_+/-]*) usage "--mailto takes mail addresses, with commas between them and no blanks" ;;
esac
[ "$schedule" = cron ] || [ -z "$mailto_given" ] ||
  usage "--mailto is for cron: systemd sends no mail (its journal has everything, and OnFailure= can tell somebody)"
[ -n "$root" ] || [ -n "$dry" ] || [ "$(id -u)" = 0 ] ||
  fail 77 "this writes below /etc and $prefix: run it as root, or with DESTDIR set"

# What was installed is written down, one path a line with what it was: "file SUM PATH" or "directory PATH".
manifest=$prefix/share/keyturn/installed

say() { echo "${dry:+would }$*"; }

sum_of() { sha256sum < "$1" | cut -d ' ' -f 1; }

recorded_sum() { # PATH
  [ -f "$root$manifest" ] || return 0
  sed -n "s|^file \\([0-9a-f]*\\) $1\$|\\1|p" "$root$manifest" | tail -n 1
}

# Removes the lines of PATH from the manifest.
forget() {
  sed -i "\\| $1\$|d" "$root$manifest"
}

record() { # LINE PATH
  [ -z "$dry" ] || return 0
  if [ -f "$root$manifest" ]; then forget "$2"; fi
  echo "$1 $2" >> "$root$manifest"
}

# Makes a directory that is not there, after those above it, and remembers that it was made here.
directory() { # MODE PATH
  case " $made " in *" $2 "*) return 0 ;; esac
  [ ! -d "$root$2" ] || return 0
  if [ "$2" = / ]; then
    [ -n "$dry" ] || mkdir -p -- "$root"
    return 0
  fi
  directory 755 "$(dirname -- "$2")"
  made="$made $2"
  say "make $2 ($1)"
  [ -n "$dry" ] || mkdir -m "$1" -- "$root$2"
}

# Puts a file at PATH in one step, so that nobody ever runs or reads half of it: it is written beside its
# place under a name with a dot, which cron and the shells' completion loaders pass over.
put() { # MODE PATH SOURCE
  directory 755 "$(dirname -- "$2")"
  if [ -f "$root$2" ] && cmp -s "$3" "$root$2" && [ "$(stat -c %a "$root$2")" = "$1" ]; then
    echo "unchanged: $2"
  else
    say "install $2 ($1)"
    [ -z "$dry" ] || return 0
    unfinished=$(mktemp "$root$(dirname -- "$2")/.keyturn-install.XXXXXX")
    cat -- "$3" > "$unfinished"
    chmod "$1" "$unfinished"
    mv -f -- "$unfinished" "$root$2"
    unfinished=
  fi
  record "file $(sum_of "$3")" "$2"
}

# Like put, for what an administrator may edit: an edited one stays.
put_editable() { # MODE PATH SOURCE
  if [ -f "$root$2" ] && ! cmp -s "$3" "$root$2" &&
    [ "$(sum_of "$root$2")" != "$(recorded_sum "$2")" ]; then
    echo "kept as it is: $2, for it was edited since it was installed (delete it first to have it written anew)"
  else
    put "$1" "$2" "$3"
  fi
}

take_away() { # PATH
  if [ -e "$root$1" ] || [ -L "$root$1" ]; then
    edited=
    [ "$(sum_of "$root$1")" = "$(recorded_sum "$1")" ] || edited=" (it was edited since it was installed)"
    say "remove $1$edited"
    [ -n "$dry" ] || rm -f -- "$root$1"
  fi
  [ -n "$dry" ] || forget "$1"
}

# Whether this machine's own systemd is to be told, and not a directory that merely looks like a machine.
systemd_runs() { [ -z "$root" ] && [ -z "$dry" ] && [ -d /run/systemd/system ]; }

cron_file=/etc/cron.d/keyturn
service=/etc/systemd/system/keyturn.service
timer=/etc/systemd/system/keyturn.timer

# The timer must be stopped while systemd still knows it.
stop_timer() {
  if recorded "$timer" && systemd_runs; then systemctl disable --now keyturn.timer || true; fi
}

recorded() { [ -f "$root$manifest" ] && grep -q " $1\$" "$root$manifest"; }

remove_all() {
  if [ ! -f "$root$manifest" ]; then
    echo "nothing to remove: no installation is recorded in $manifest (was another --prefix used?)"
    exit 0
  fi
  stop_timer
  sed -n 's/^file [0-9a-f]* //p' "$root$manifest" | while IFS= read -r path; do take_away "$path"; done
  if systemd_runs; then systemctl daemon-reload || true; fi
  # The deepest first; what is not empty holds something that is not ours to remove.
  directories=$(sed -n 's/^directory //p' "$root$manifest" | sort -r)
  say "remove $manifest"
  [ -n "$dry" ] || rm -f -- "$root$manifest"
  for path in $directories; do
    [ -z "$dry" ] || say "remove $path if it is empty"
    if [ -z "$dry" ] && rmdir -- "$root$path" 2> /dev/null; then echo "removed $path"; fi
  done
  for path in /etc/keyturn /var/lib/keyturn; do
    [ ! -d "$root$path" ] || echo "kept $path: $(inside "$root$path")"
  done
  exit 0
}

# Names what a directory holds, for the parting word.
inside() {
  names=$(find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' 2> /dev/null | sort | head -n 12 | tr '\n' ' ')
  if [ -n "$names" ]; then
    echo "it holds ${names% }; delete it yourself once nobody needs these any more"
  else
    echo "it is empty"
  fi
}

[ -z "$remove" ] || remove_all

# Everything that can be wrong is looked at before anything is written.
[ -f "$binary" ] || fail 66 "no program at $binary: build it with \`make release\`, or name one with --binary"
[ -x "$binary" ] || fail 66 "$binary is not executable"
version=$("$binary" --version 2>&1) || fail 69 "$binary does not run on this machine: $version"
monitoring="prometheus/keyturn.rules.yml prometheus/keyturn.rules.test.yml grafana/keyturn-dashboard.json"
for part in keyturn.cron keyturn-nightly keyturn.service keyturn.timer $monitoring; do
  [ -f "$here/$part" ] || fail 66 "$here/$part is missing"
done

unfinished=
work=$(mktemp -d)
trap 'rm -rf -- "$work" ${unfinished:+"$unfinished"}' EXIT
trap 'exit 75' HUP INT TERM
for shell in bash zsh fish; do
  "$binary" --generate-completion-script "$shell" > "$work/$shell" ||
    fail 70 "$binary could not write its completions for $shell"
done
# The expressions name what stands in the files: the hour, the delay, where the programs are.
sed -e "s|/usr/local/libexec|$prefix/libexec|" -e "s|^MAILTO=.*|MAILTO=$mailto|" \
  -e "s|^17 3 |17 $hour |" -e "s|--delay 3600|--delay $delay|" "$here/keyturn.cron" > "$work/cron"
sed -e "s|/usr/local/bin|$prefix/bin|" "$here/keyturn.service" > "$work/service"
sed -e "s|03:17:00|$(printf %02d "$hour"):17:00|" -e "s|^\(RandomizedDelaySec=\).*|\1$delay|" \
  "$here/keyturn.timer" > "$work/timer"

echo "keyturn $version"
made=
directory 755 "$(dirname -- "$manifest")"
put 755 "$prefix/bin/keyturn" "$binary"
put 755 "$prefix/libexec/keyturn/keyturn-nightly" "$here/keyturn-nightly"
put 644 "$prefix/share/bash-completion/completions/keyturn" "$work/bash"
put 644 "$prefix/share/zsh/site-functions/_keyturn" "$work/zsh"
put 644 "$prefix/share/fish/vendor_completions.d/keyturn.fish" "$work/fish"
# For whoever runs Prometheus and Grafana; nothing reads them here.
for part in $monitoring; do put 644 "$prefix/share/keyturn/$part" "$here/$part"; done
directory 750 /etc/keyturn
directory 700 /var/lib/keyturn

# One schedule only: with both, the second run of a night would find the first one's lock and complain.
if [ "$schedule" = cron ]; then
  if recorded "$timer"; then
    stop_timer
    take_away "$timer"
    take_away "$service"
  fi
  put_editable 644 "$cron_file" "$work/cron"
else
  if recorded "$cron_file"; then take_away "$cron_file"; fi
  put_editable 644 "$service" "$work/service"
  put_editable 644 "$timer" "$work/timer"
  if systemd_runs; then
    systemctl daemon-reload
    systemctl enable --now keyturn.timer
  fi
fi

# Only those that were made here, so that no other one is ever removed.
for path in $made; do record directory "$path"; done

if [ -f "$root/etc/keyturn/keyturn.yaml" ]; then
  say "keep the configuration /etc/keyturn/keyturn.yaml as it is"
else
  echo "next: keyturn init    (writes /etc/keyturn/keyturn.yaml and a key, and makes the database)"
fi
if [ "$schedule" = cron ] && [ -z "$root" ] && ! command -v cron > /dev/null 2>&1; then
  echo "note: there is no cron on this machine: apt-get install cron, or run this again with --systemd"
elif [ "$schedule" = cron ] && [ -z "$root" ] && ! [ -x /usr/sbin/sendmail ]; then
  echo "note: there is no sendmail on this machine, and cron needs one to send mail (such as msmtp-mta)"
fi
