#!/usr/bin/env bash
# Type a command of a service in a pod of its own, which may reach the database and the event log and is gone afterwards:
#
#   command.sh enrollment subscribers list
#   command.sh identity school-clients add --organisation 712000 --name GPI --scope registry.write
#
# It is the service's relay with another command: image, settings, secrets and bounds are those of the release that runs.
set -euo pipefail
service=${1:?which service}
shift
namespace=${NAMESPACE:-vitrail}
pod="$service-operator-$(date +%s)"
kubectl --namespace "$namespace" get deployment "$service-relay" --output json |
    POD=$pod python3 -c '
import json, os, sys
template = json.load(sys.stdin)["spec"]["template"]
labels = template["metadata"]["labels"] | {"app.kubernetes.io/component": "operator"}
container = template["spec"]["containers"][0]
container["args"] = [container["args"][0], *sys.argv[1:]]
container |= {"stdin": True, "tty": False}
for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
    container.pop(probe, None)
spec = template["spec"] | {"restartPolicy": "Never"}
spec.pop("topologySpreadConstraints", None)
pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": os.environ["POD"], "labels": labels}, "spec": spec}
json.dump(pod, sys.stdout)
' "$@" | kubectl --namespace "$namespace" create --filename -
trap 'kubectl --namespace "$namespace" delete pod "$pod" --wait=false >/dev/null' EXIT
kubectl --namespace "$namespace" wait pod "$pod" --for jsonpath='{.status.phase}'=Running --timeout 60s >/dev/null 2>&1 || true
kubectl --namespace "$namespace" logs "$pod" --follow
