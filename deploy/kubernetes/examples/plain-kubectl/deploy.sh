#!/usr/bin/env bash
# Bring an overlay into the cluster with kubectl alone, each step once the one before it stands:
#
#   1. what pods need: settings, accounts, ways through the network    3. the services and their workers
#   2. the migrations                                                 4. the gateway and the portal, which call them
#
#   deploy.sh deploy/kubernetes/overlays/production
#
# A Job's template cannot change: those of the release before are deleted first. Nothing breaks when something stops this
# half-way: the pods of the release before go on, on a schema that has only been added to. It may be run again.
set -euo pipefail
overlay=${1:?which overlay}
manifest=$(mktemp)
trap 'rm -f "$manifest"' EXIT

# With the project's environment at hand (make setup), nothing that still stands for another value gets through.
[ ! -x .venv/bin/python ] || .venv/bin/python -m deploy.checks production "$overlay"
kubectl kustomize "$overlay" >"$manifest"
namespace=$(sed -n 's/^  namespace: //p' "$manifest" | head -1)
kubectl="kubectl --namespace $namespace"
component=app.kubernetes.io/component
migrations="$component=migrate"
services="$component,$component!=migrate,app.kubernetes.io/name notin (gateway,portal)"
doors="$component,app.kubernetes.io/name in (gateway,portal)"

apply() {
    echo "== $1"
    $kubectl apply --filename "$manifest" --selector "$2"
}

wait_for_migrations() {
    local state='{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Failed")].status} {end}'
    for _ in $(seq 180); do
        ! $kubectl wait job --selector "$migrations" --for condition=complete --timeout 5s >/dev/null 2>&1 || return 0
        if $kubectl get job --selector "$migrations" --output "jsonpath=$state" | grep -o '[a-z-]*=True'; then break; fi
    done
    echo "A migration has failed, or takes longer than 15 minutes; the release before goes on:" >&2
    echo "  $kubectl logs --selector $migrations --prefix" >&2
    exit 1
}

wait_for_pods() {
    local deployment
    for deployment in $($kubectl get deployment --selector "$1" --output name); do
        $kubectl rollout status "$deployment" --timeout 300s
    done
}

apply "what pods need" "!$component"
$kubectl delete job --selector "$migrations" --ignore-not-found --wait
apply "migrations" "$migrations"
wait_for_migrations
apply "services" "$services"
wait_for_pods "$services"
apply "gateway and portal" "$doors"
wait_for_pods "$doors"
