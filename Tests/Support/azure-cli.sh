#!/bin/bash
# Microsoft's own command line, az, not changed in any way: signs in to a running keyturn-sandbox as its
# automation application, and lists, adds, deletes and replaces client secrets of another application.
#
# usage: azure-cli.sh AZ BASE_URL CA.pem TENANT CLIENT SECRET_FILE TARGET
#
# Prints one line for each check; exit status 1 if one came out wrong.
set -uo pipefail

[ $# = 7 ] || { echo "usage: azure-cli.sh AZ BASE_URL CA.pem TENANT CLIENT SECRET_FILE TARGET" >&2; exit 64; }
az=$1 base=$2 ca=$3 tenant=$4 client=$5 secret_file=$6 target=$7

AZURE_CONFIG_DIR=$(mktemp -d)
trap 'rm -rf -- "$AZURE_CONFIG_DIR"' EXIT
export AZURE_CONFIG_DIR HOME=$AZURE_CONFIG_DIR REQUESTS_CA_BUNDLE=$ca
export AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=true AZURE_CORE_ONLY_SHOW_ERRORS=true
# Otherwise msal asks login.microsoftonline.com first whether it knows the authority.
export AZURE_CORE_INSTANCE_DISCOVERY=false

wrong=0
said=
# Runs az; what it says is compared with a pattern of the shell's.
check() { # NAME STATUS PATTERN ARGUMENT…
  local name=$1 wanted=$2 pattern=$3 status=0
  shift 3
  said=$("$az" "$@" 2> "$AZURE_CONFIG_DIR/error") || status=$?
  # shellcheck disable=SC2053
  if [ "$status" = "$wanted" ] && [[ $said$(cat "$AZURE_CONFIG_DIR/error") == $pattern ]]; then
    echo "ok    az, $name"
  else
    wrong=1
    echo "WRONG az, $name: exit status $status: $said"
    tail -n 3 "$AZURE_CONFIG_DIR/error"
  fi
}

cat > "$AZURE_CONFIG_DIR/cloud.json" << END
{"endpoints": {"resourceManager": "$base/", "management": "$base/", "activeDirectory": "$base",
  "activeDirectoryResourceId": "$base/arm", "activeDirectoryGraphResourceId": "$base/",
  "microsoftGraphResourceId": "$base/", "gallery": "$base/", "sqlManagement": "$base/"},
 "suffixes": {"keyvaultDns": ".vault.localhost"}}
END
check "a cloud of its own" 0 '' \
  cloud register -n local --skip-endpoint-discovery --cloud-config "@$AZURE_CONFIG_DIR/cloud.json"
check "the cloud is used" 0 '' cloud set -n local
login=(login --service-principal -u "$client" --tenant "$tenant" --allow-no-subscriptions -o tsv)
check "a wrong secret" 1 '*AADSTS7000215*' "${login[@]}" -p wrong
check "sign-in" 0 "*$tenant*" "${login[@]}" -p "$(cat "$secret_file")"
check "the application, by its name" 0 "*$target*" \
  ad app list --display-name "Magentrix D365" --query '[].appId' -o tsv
credential=(ad app credential)
check "one secret" 0 1 "${credential[@]}" list --id "$target" --query 'length(@)' -o tsv
check "a second one" 0 '?*' "${credential[@]}" reset --id "$target" --append --display-name from-az \
  --end-date 2028-01-31 --query password -o tsv
check "its name and end" 0 'from-az	2028-01-31T00:00:00*Z' "${credential[@]}" list --id "$target" \
  --query "[?displayName=='from-az'].[displayName,endDateTime]" -o tsv
check "its key id" 0 '*-*' "${credential[@]}" list --id "$target" \
  --query "[?displayName=='from-az'].keyId" -o tsv
check "its deletion" 0 '' "${credential[@]}" delete --id "$target" --key-id "$said"
check "one is left" 0 1 "${credential[@]}" list --id "$target" --query 'length(@)' -o tsv
check "all replaced by one" 0 '?*' "${credential[@]}" reset --id "$target" --query password -o tsv
check "one again" 0 1 "${credential[@]}" list --id "$target" --query 'length(@)' -o tsv
exit "$wrong"
