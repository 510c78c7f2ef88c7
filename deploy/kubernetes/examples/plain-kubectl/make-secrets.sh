#!/usr/bin/env bash
# Make every Secret of deploy/secrets.toml in a namespace, with fresh random keys. Keys that are there already stay as they
# are: what was sealed with them must go on being readable (docs/operate.md has their rotation).
#
#   export POSTGRES=vitrail-rw.vitrail-data.svc:5432 KAFKA=vitrail-kafka-bootstrap.vitrail-data.svc:9093
#   export SMTP_URL=smtp+starttls://user:password@mail.school.ca:587
#   export DOCUMENTS_ACCESS_KEY=… DOCUMENTS_SECRET_KEY=…
#   export POSTGRES_AUTHORITY=postgres.crt KAFKA_AUTHORITY=kafka.crt          # files
#   export PASSWORD_IDENTITY_APP=… PASSWORD_IDENTITY_OWNER=… KAFKA_IDENTITY=…  # and of the other three services
#   export KAFKA_KEDA=…                # of the component keda, which looks at how far consumers are behind
#   make-secrets.sh vitrail            # --dry-run prints them instead, for kubeseal or a store of your own
#
# With platform/postgres and platform/kafka, what is asked for is found so:
#   kubectl -n vitrail-data get secret vitrail-ca -o jsonpath='{.data.ca\.crt}' | base64 -d >postgres.crt
#   kubectl -n vitrail-data get secret vitrail-cluster-ca-cert -o jsonpath='{.data.ca\.crt}' | base64 -d >kafka.crt
#   KAFKA_IDENTITY=$(kubectl -n vitrail-data get secret identity -o jsonpath='{.data.password}' | base64 -d)
#
# Passwords stand in addresses: those of letters and digits need no percent-encoding.
set -euo pipefail
namespace=${1:?which namespace}
output=()
[ "${2:-}" = --dry-run ] && output=(--dry-run=client --output=yaml)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
umask 077

key() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
put() { mkdir -p "$folder/$1" && printf %s "$3" >"$folder/$1/$2"; }

needed=(POSTGRES KAFKA SMTP_URL DOCUMENTS_ACCESS_KEY DOCUMENTS_SECRET_KEY POSTGRES_AUTHORITY KAFKA_AUTHORITY KAFKA_KEDA)
for service in IDENTITY ENROLLMENT ATTENDANCE RECORDS; do
    needed+=("PASSWORD_${service}_APP" "PASSWORD_${service}_OWNER" "KAFKA_$service")
done
for name in "${needed[@]}"; do
    [ -n "${!name:-}" ] || { echo "$name is not set: see the head of this file." >&2; exit 2; }
done

put gateway-keys GATEWAY_PASSPORT_KEYS_PORTAL "$(key)"
put portal-keys PORTAL_COOKIE_KEYS "$(key)"
for name in CODE TICKET PEPPER DIGEST SESSION CLIENT SEAL; do put identity-keys "IDENTITY_${name}_KEYS" "$(key)"; done
for name in DIGEST SEAL; do put enrollment-keys "ENROLLMENT_${name}_KEYS" "$(key)"; done
put attendance-keys ATTENDANCE_SEAL_KEYS "$(key)"
for name in SEAL SIGNING; do put records-keys "RECORDS_${name}_KEYS" "$(key)"; done
put records-keys RECORDS_DOCUMENTS_ACCESS_KEY "$DOCUMENTS_ACCESS_KEY"
put records-keys RECORDS_DOCUMENTS_SECRET_KEY "$DOCUMENTS_SECRET_KEY"
# A subscriber knows a child by one pseudonym, whichever service tells of it.
pseudonym=$(key)
for service in enrollment attendance records; do put $service-keys "${service^^}_PSEUDONYM_KEYS" "$pseudonym"; done
for service in identity enrollment records; do put $service-keys "${service^^}_SMTP_URL" "$SMTP_URL"; done
for service in identity enrollment attendance records; do
    prefix=${service^^} ring=$(key)
    user=KAFKA_$prefix app=PASSWORD_${prefix}_APP owner=PASSWORD_${prefix}_OWNER
    put $service-keys "${prefix}_PASSPORT_KEYS" "$ring"
    put gateway-keys "GATEWAY_PASSPORT_KEYS_$prefix" "$ring"
    put $service-keys "${prefix}_BROKER_URL" \
        "kafka://$service:${!user}@$KAFKA?tls=1&ca=/run/authorities/kafka.crt"
    tls="sslmode=verify-full&sslrootcert=/run/authorities/postgres.crt"
    put $service-database "${prefix}_DATABASE_URL" \
        "postgresql+psycopg://${service}_app:${!app}@$POSTGRES/$service?$tls"
    put $service-database-owner "${prefix}_DATABASE_URL" \
        "postgresql+psycopg://${service}_owner:${!owner}@$POSTGRES/$service?$tls"
done
put authorities postgres.crt "$(cat "$POSTGRES_AUTHORITY")"
put authorities kafka.crt "$(cat "$KAFKA_AUTHORITY")"
put keda-kafka sasl scram_sha512
put keda-kafka username keda
put keda-kafka password "$KAFKA_KEDA"
put keda-kafka tls enable
put keda-kafka ca "$(cat "$KAFKA_AUTHORITY")"

for secret in "$folder"/*; do
    name=$(basename "$secret")
    if [ ${#output[@]} -eq 0 ] && kubectl --namespace "$namespace" get secret "$name" >/dev/null 2>&1; then
        echo "secret/$name is there already"
    else
        [ ${#output[@]} -eq 0 ] || echo ---
        kubectl --namespace "$namespace" create secret generic "$name" --from-file "$secret" "${output[@]}"
    fi
done
