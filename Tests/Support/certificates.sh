#!/bin/bash
# Makes throw-away certificates for servers on this machine.
#
# usage: certificates.sh DIR [HOST…]        (localhost and 127.0.0.1 are always among the names)
#
#   ca.pem                       the CA that clients are to trust
#   cert.pem      key.pem        a good certificate for every name
#   expired.pem                  the same names and key, but its time is over
#   future.pem                   the same names and key, but its time has not come
#   other-name.pem               the same key and CA, for another host
#   other-ca.pem  stranger.pem   another CA, and the same names and key signed by that one
#
# All of them use key.pem. Private keys are 0600. What lies in DIR already is made anew.
set -euo pipefail
umask 077

[ $# -ge 1 ] || { echo "usage: certificates.sh DIR [HOST…]" >&2; exit 64; }
mkdir -p -- "$1"
cd -- "$1"
shift

names=DNS:localhost,IP:127.0.0.1
for host in "$@"; do names=$names,DNS:$host; done
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

quietly() { # COMMAND…: openssl talks even when all is well
  "$@" 2> "$work/said" || { cat "$work/said" >&2; exit 1; }
}

ca() { # NAME COMMON-NAME
  quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
    -keyout "$work/$1.key" -out "$1.pem" -subj "/CN=$2" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# `openssl x509` of Debian 12 cannot choose the dates, `openssl ca` can.
sign() { # CA NAMES OUTPUT FROM TO
  mkdir -p "$work/$3.d"
  : > "$work/$3.d/index"
  printf '[ca]\ndefault_ca=here\n[here]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[server]\nsubjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n' \
    "$work/$3.d" "$work/$3.d" "$2" > "$work/$3.conf"
  quietly openssl ca -batch -notext -config "$work/$3.conf" -extensions server -cert "$1.pem" \
    -keyfile "$work/$1.key" -in "$work/request.pem" -out "$3" -startdate "$(day "$4")" -enddate "$(day "$5")"
}

day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

ca ca "keyturn test CA"
ca other-ca "another CA"
quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
  -out "$work/request.pem" -subj /CN=localhost
sign ca "$names" cert.pem '-1 day' '+29 days'
sign ca "$names" expired.pem '-20 days' '-1 day'
sign ca "$names" future.pem '+10 days' '+20 days'
sign ca DNS:elsewhere.example.test other-name.pem '-1 day' '+29 days'
sign other-ca "$names" stranger.pem '-1 day' '+29 days'
