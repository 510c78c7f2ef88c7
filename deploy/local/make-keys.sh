#!/usr/bin/env bash
# Write deploy/local/keys.env: random keys for compose.yaml, never the same on two laptops, and none of them for production.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ ! -e keys.env ] || { echo "keys.env is there already: what is sealed with its keys would be lost." >&2; exit 1; }

key() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

umask 077
pseudonym=$(key)
{
    for name in IDENTITY_{CODE,TICKET,PEPPER,DIGEST,SESSION,CLIENT,SEAL}_KEYS ENROLLMENT_{DIGEST,SEAL}_KEYS \
        ATTENDANCE_SEAL_KEYS RECORDS_{SEAL,SIGNING}_KEYS \
        GATEWAY_PASSPORT_KEYS_PORTAL PORTAL_COOKIE_KEYS; do
        echo "$name=$(key)"
    done
    for service in IDENTITY ENROLLMENT ATTENDANCE RECORDS; do
        passport=$(key)
        echo "${service}_PASSPORT_KEYS=$passport"
        echo "GATEWAY_PASSPORT_KEYS_$service=$passport"
    done
    for service in ENROLLMENT ATTENDANCE RECORDS; do
        echo "${service}_PSEUDONYM_KEYS=$pseudonym"
    done
} >keys.env
echo "keys.env is written."
