#!/bin/bash
# Runs Debian's glewlwyd on loopback: an OAuth 2 server that is neither ours nor Microsoft's.
#
# usage: glewlwyd.sh up DIR [--client-id ID] [--certificates CERTDIR]
#        glewlwyd.sh set-secret DIR          reads the client's new secret from standard input
#        glewlwyd.sh trust-key DIR           reads an RSA public key (PEM) from standard input
#        glewlwyd.sh down DIR
#
# `up` starts a server on a free port, gives it one confidential client (default app1) that may ask for
# tokens of the scope `dataverse`, and prints
#
#   token_endpoint=URL
#   client_id=ID
#   scope=dataverse
#   secret_file=FILE      0600, holds the client's secret, with no newline after it
#   pid=PID
#
# With --certificates it speaks HTTPS, by cert.pem and key.pem of a directory made by certificates.sh.
# `set-secret` changes the secret at the server at once and writes secret_file anew. `trust-key` makes the client
# cert1, which signs in with statements (RFC 7523) that are signed with that key; the server is restarted, because
# it notices the change of its plug-in only then. `down` ends the server;
# one that was forgotten ends by itself after half an hour.
#
# Its answers are not Entra's: a wrong secret or an unknown client is 403 with an empty body.
set -euo pipefail
umask 077

fail() { echo "glewlwyd.sh: $1" >&2; exit "${2:-1}"; }

[ $# -ge 2 ] || fail "usage: glewlwyd.sh up|set-secret|trust-key|down DIR …" 64
verb=$1
mkdir -p -- "$2"
dir=$(realpath -- "$2")
shift 2

load() {
  [ -f "$dir/server" ] || fail "no server is recorded in $dir: run glewlwyd.sh up first"
  # shellcheck disable=SC1091
  . "$dir/server"
}

# One call of the administrator's API, which must answer 200. The body comes by standard input, so that no
# secret is ever an argument.
api() { # METHOD PATH
  local status
  status=$(curl -sS --noproxy '*' --insecure -X "$1" -b "$dir/cookies" -c "$dir/cookies" -o "$dir/answer" -w '%{http_code}' \
    --max-time 20 -H 'Content-Type: application/json' --data-binary @- "$base/api/$2")
  [ "$status" = 200 ] || fail "$1 /api/$2 answered $status: $(cat "$dir/answer")"
}

log_in() { printf '{"username":"admin","password":"password"}' | api POST auth/; }

# The client as JSON, with the secret read from standard input.
client() {
  python3 -c '
import json, sys
print(json.dumps({
  "client_id": sys.argv[1], "name": sys.argv[1], "enabled": True, "confidential": True,
  "password": sys.stdin.read(), "scope": ["dataverse"], "redirect_uri": [],
  "authorization_type": ["client_credentials"],
  "token_endpoint_auth_method": ["client_secret_post", "client_secret_basic"]}))' "$client_id"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

configure() { # PORT
  zcat /usr/share/doc/glewlwyd/glewlwyd.conf.sample.gz | sed \
    -e "s|^port=.*|port=$1|" -e 's|^#bind_address=.*|bind_address="127.0.0.1"|' \
    -e "s|^external_url=.*|external_url=\"$base\"|" -e 's|^cookie_domain=.*|cookie_domain="127.0.0.1"|' \
    -e 's|^cookie_secure=.*|cookie_secure=0|' -e 's|^log_level=.*|log_level="WARNING"|' \
    -e "s|/var/cache/glewlwyd/glewlwyd.db|$dir/server.db|" > "$dir/server.conf"
  [ -z "$certificates" ] || sed -i -e 's|^#\{0,1\}use_secure_connection=.*|use_secure_connection=true|' \
    -e "s|^#\\{0,1\\}secure_connection_key_file=.*|secure_connection_key_file=\"$certificates/key.pem\"|" \
    -e "s|^#\\{0,1\\}secure_connection_pem_file=.*|secure_connection_pem_file=\"$certificates/cert.pem\"|" \
    -e 's|^secure_connection_ca_file=|#&|' "$dir/server.conf"
}

# Starts on a port that was free a moment ago; fails when somebody else has taken it meanwhile.
start() {
  local port
  port=$(free_port)
  base=$scheme://127.0.0.1:$port
  configure "$port"
  launch
}

launch() {
  timeout 1800 glewlwyd -c "$dir/server.conf" > "$dir/log" 2>&1 < /dev/null &
  pid=$!
  for _ in $(seq 200); do
    kill -0 "$pid" 2> /dev/null || return 1
    if curl -s --noproxy '*' --insecure --max-time 5 -o /dev/null "$base/"; then return 0; fi
    sleep 0.05
  done
  kill "$pid"
  return 1
}

up() {
  local sql=/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz
  client_id=app1 certificates='' scheme=http
  while [ $# -gt 0 ]; do
    case $1 in
      --client-id) client_id=$2 ;;
      --certificates) certificates=$(realpath -- "$2") scheme=https ;;
      *) fail "unknown argument $1" 64 ;;
    esac
    shift 2
  done
  command -v glewlwyd > /dev/null || fail "glewlwyd is not installed: run make deps TESTS=1" 69
  rm -f "$dir"/server.db* "$dir/cookies"
  # The file holds a statement or two that only glewlwyd's other databases know.
  zcat "$sql" | sqlite3 "$dir/server.db" 2> /dev/null || true
  for attempt in 1 2 3 4 5; do
    if start; then break; fi
    [ "$attempt" != 5 ] || fail "the server does not start: $(tail -n 3 "$dir/log")"
  done
  printf 'pid=%s\nbase=%s\nclient_id=%s\n' "$pid" "$base" "$client_id" > "$dir/server"
  trap 'kill "$pid"' EXIT
  log_in
  api POST mod/plugin/ << JSON
{"module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": {
  "iss": "$base/api/oidc", "jwt-type": "sha", "jwt-key-size": "256", "key": "$(openssl rand -hex 32)",
  "access-token-duration": 3599, "refresh-token-duration": 3600, "code-duration": 600,
  "allow-non-oidc": true, "auth-type-client-enabled": true, "auth-type-code-enabled": true,
  "auth-type-token-enabled": false, "auth-type-id-token-enabled": false, "auth-type-password-enabled": false,
  "auth-type-device-enabled": false, "auth-type-refresh-enabled": false, "refresh-token-rolling": false,
  "subject-type": "public", "scope": [], "additional-parameters": [], "claims": []}}
JSON
  printf '{"name": "dataverse", "display_name": "dataverse", "password_required": false}' | api POST scope/
  # Formed like a value of Entra's: three characters, "8Q~", and 34 more.
  openssl rand -base64 60 | tr -dc A-Za-z0-9 | sed -E 's/^(.{3})(.{34}).*/\18Q~\2/' > "$dir/secret"
  client < "$dir/secret" | api POST client/
  trap - EXIT
  printf 'token_endpoint=%s\nclient_id=%s\nscope=dataverse\nsecret_file=%s\npid=%s\n' \
    "$base/api/oidc/token" "$client_id" "$dir/secret" "$pid"
}

set_secret() {
  load
  cat > "$dir/secret.new"
  [ -s "$dir/secret.new" ] || fail "no secret came on standard input" 64
  log_in
  client < "$dir/secret.new" | api PUT "client/$client_id"
  mv -- "$dir/secret.new" "$dir/secret"
}

trust_key() {
  load
  cat > "$dir/pub.pem"
  [ -s "$dir/pub.pem" ] || fail "no key came on standard input" 64
  log_in
  api GET mod/plugin/oidc < /dev/null
  python3 -c '
import json, sys
plugin = json.load(open(sys.argv[1]))
plugin["parameters"] |= {
  "request-parameter-allow": True, "request-parameter-ietf-strict": False, "client-pubkey-parameter": "pubkey",
  "client-jwks-parameter": "jwks", "client-jwks_uri-parameter": "jwks_uri", "request-maximum-exp": 3600}
print(json.dumps({"display_name": plugin["display_name"], "parameters": plugin["parameters"]}))' \
    "$dir/answer" > "$dir/plugin.json"
  api PUT mod/plugin/oidc < "$dir/plugin.json"
  python3 -c '
import json, sys
print(json.dumps({
  "client_id": "cert1", "name": "cert1", "enabled": True, "confidential": True, "scope": ["dataverse"],
  "redirect_uri": [], "authorization_type": ["client_credentials"],
  "token_endpoint_auth_method": ["private_key_jwt"], "pubkey": open(sys.argv[1]).read()}))' \
    "$dir/pub.pem" | api POST client/
  kill "$pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.05
  done
  launch || fail "the server does not start again: $(tail -n 3 "$dir/log")"
  printf 'pid=%s\nbase=%s\nclient_id=%s\n' "$pid" "$base" "$client_id" > "$dir/server"
}

down() {
  load
  kill "$pid" 2> /dev/null || true
  for _ in $(seq 100); do
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.05
  done
  rm -f "$dir"/server* "$dir/cookies" "$dir/answer" "$dir/secret" "$dir/pub.pem" "$dir/plugin.json"
}

case $verb in
  up) up "$@" ;;
  set-secret) set_secret ;;
  trust-key) trust_key ;;
  down) down ;;
  *) fail "unknown verb $verb: up, set-secret, trust-key or down" 64 ;;
esac
