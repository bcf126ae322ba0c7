#!/bin/bash
# The floor of the measurement: what it costs to have all applications with their secrets in SQLite when nothing
# is decided about them. One curl for each page, one jq for all of them, one sqlite3.
#
# usage: observe-floor.sh BASE_URL CA.pem TENANT CLIENT SECRET_FILE DATABASE
set -euo pipefail

[ $# = 6 ] || { echo "usage: observe-floor.sh BASE_URL CA.pem TENANT CLIENT SECRET_FILE DATABASE" >&2; exit 64; }
base=$1 ca=$2 tenant=$3 client=$4 secret_file=$5 database=$6

umask 077
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

get=(curl --silent --show-error --fail --cacert "$ca")
tr -d '\n' < "$secret_file" > "$folder/secret"
# Both values from files: an argument can be seen by everyone on the machine.
"${get[@]}" "$base/$tenant/oauth2/v2.0/token" --data grant_type=client_credentials --data "client_id=$client" \
  --data-urlencode "client_secret@$folder/secret" --data-urlencode "scope=$base/.default" |
  jq --raw-output '"Authorization: Bearer \(.access_token)"' > "$folder/header"

pages() {
  local next="$base/v1.0/applications?\$select=id,appId,displayName,passwordCredentials&\$top=999"
  while [ -n "$next" ]; do
    "${get[@]}" --header "@$folder/header" --output "$folder/page" "$next"
    # Graph writes the link before the applications.
    next=$(head -c 4096 "$folder/page" | sed -n 's/.*"@odata.nextLink":"\([^"]*\)".*/\1/p')
    cat "$folder/page"
  done
}

# shellcheck disable=SC2016
pages | jq --raw-output '.value[] | . as $application |
    (if .passwordCredentials == [] then [{}] else .passwordCredentials end)[] |
    [$application.id, $application.appId, $application.displayName, .keyId, .displayName, .hint,
      .startDateTime, .endDateTime] | @csv' |
  sqlite3 "$database" -cmd 'CREATE TABLE secret (application TEXT, app_id TEXT, name TEXT, key_id TEXT,
    secret_name TEXT, hint TEXT, starts_at TEXT, ends_at TEXT)' '.import --csv /dev/stdin secret'
