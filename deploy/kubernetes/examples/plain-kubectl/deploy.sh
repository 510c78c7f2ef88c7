#!/usr/bin/env bash
# Bring an overlay into the cluster with kubectl alone: migrations first, then everything, then wait until it stands.
#
#   deploy.sh deploy/kubernetes/overlays/production
#
# A Job's template cannot change: those of the release before are deleted first. Nothing breaks when something stops this
# half-way: pods of the new release are not ready before their schema is there, and the old ones go on.
set -euo pipefail
overlay=${1:?which overlay}
manifest=$(mktemp)
trap 'rm -f "$manifest"' EXIT

# With the project's environment at hand (make setup), nothing that still stands for another value gets through.
[ ! -x .venv/bin/python ] || .venv/bin/python -m deploy.checks production "$overlay"
kubectl kustomize "$overlay" >"$manifest"
namespace=$(sed -n 's/^  namespace: //p' "$manifest" | head -1)
kubectl="kubectl --namespace $namespace"

$kubectl delete job --selector app.kubernetes.io/component=migrate --ignore-not-found --wait
$kubectl apply --filename "$manifest"
$kubectl wait job --selector app.kubernetes.io/component=migrate --for condition=complete --timeout 900s
for deployment in $($kubectl get deployment --selector app.kubernetes.io/part-of=vitrail --output name); do
    $kubectl rollout status "$deployment" --timeout 300s
done
