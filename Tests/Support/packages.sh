#!/bin/sh
# Installs the Debian packages that are missing, and says which; says nothing and does nothing when none is.
#
# usage: packages.sh [build] [tests]
#
#   build   what building and the demo need
#   tests   what the end-to-end tests run against
#
# As root or through sudo.
set -eu

packages=
for group in "$@"; do
  case $group in
    # curl plays the administrator in the demo: it does in the sandbox what a person does in the portal.
    build) packages="$packages libsqlite3-dev zlib1g-dev curl" ;;
    tests)
      # The servers and clocks: glewlwyd (dbconfig-no-thanks keeps it from asking for a database), cron, faketime.
      packages="$packages glewlwyd dbconfig-no-thanks cron faketime openssl nftables iproute2 procps"
      # Faults and what they did: strace, sqlite3. Python for Microsoft's own clients and the terminal.
      packages="$packages strace sqlite3 python3 python3-venv time"
      # The floor of the measurement of whole tenants, beside curl and sqlite3.
      packages="$packages jq"
      # What receives messages. msmtp without msmtp-mta: the machine's own sendmail stays what it is.
      packages="$packages msmtp prometheus-alertmanager"
      # The browser that looks at reports, and letters for it.
      packages="$packages chromium fonts-dejavu-core"
      # Monitoring: promtool judges metrics and rules, and both servers carry a metric to an alert.
      packages="$packages prometheus prometheus-node-exporter"
      # The shells whose completions are tried, and the checker of our own scripts.
      packages="$packages bash-completion zsh fish shellcheck"
      ;;
    *)
      echo "packages.sh: unknown group $group: build or tests" >&2
      exit 64
      ;;
  esac
done

missing=
for package in $packages; do
  case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || {
    echo "packages.sh: these packages are missing:$missing" >&2
    echo "packages.sh: install them as root: apt-get install$missing" >&2
    exit 77
  }
  as_root=sudo
fi

echo "Installing$missing …"
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
# Another apt may be at work on this machine: wait for it, but not for ever.
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" > "$log" 2>&1 || {
    echo "packages.sh: apt-get $* failed:" >&2
    tail -n 20 "$log" >&2
    exit 69
  }
}
apt update
case $missing in
  *" glewlwyd"*)
    # Without this answer its installation fails where nobody can be asked, and leaves dpkg broken.
    echo 'glewlwyd glewlwyd/config_type select No configuration' | $as_root debconf-set-selections
    ;;
esac
# shellcheck disable=SC2086
apt install -y --no-install-recommends $missing
# Debian starts these as services that listen on every address; the tests start their own, on loopback.
if [ -d /run/systemd/system ]; then
  for package in $missing; do
    case $package in
      prometheus*) $as_root systemctl disable --now --quiet "$package.service" || true ;;
    esac
  done
fi
