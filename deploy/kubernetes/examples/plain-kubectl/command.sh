#!/usr/bin/env bash
# Type a command of a service in a pod of its own, which may reach the database and the event log and is gone afterwards:
#
#   command.sh enrollment subscribers list
#   command.sh identity school-clients add --organisation 712000 --name GPI --scope registry.write
#   SECRET=enrollment-administrator command.sh enrollment subscribers add …
#
# It is the service's relay with another command: image, settings, secrets and bounds are those of the release that runs.
# What it prints, and nothing else, is on standard output; it ends as the command did. The files of a Secret named by SECRET
# take the place of the service's own of the same name: another database's address, another user of the event log.
set -euo pipefail
service=${1:?which service}
shift
namespace=${NAMESPACE:-vitrail}
pod="$service-operator-$(date +%s)-$$"
kubectl --namespace "$namespace" get deployment "$service-relay" --output json |
    POD=$pod SECRET=${SECRET:-} python3 -c '
import json, os, sys
template = json.load(sys.stdin)["spec"]["template"]
labels = template["metadata"]["labels"] | {"app.kubernetes.io/component": "operator"}
container = template["spec"]["containers"][0]
container["args"] = [container["args"][0], *sys.argv[1:]]
for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
    container.pop(probe, None)
spec = template["spec"] | {"restartPolicy": "Never"}
spec.pop("topologySpreadConstraints", None)
if os.environ["SECRET"]:
    secrets = next(volume for volume in spec["volumes"] if volume["name"] == "secrets")
    # The last source of a projected volume wins.
    secrets["projected"]["sources"].append({"secret": {"name": os.environ["SECRET"]}})
pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": os.environ["POD"], "labels": labels}, "spec": spec}
json.dump(pod, sys.stdout)
' "$@" | kubectl --namespace "$namespace" create --filename - >/dev/null
trap 'kubectl --namespace "$namespace" delete pod "$pod" --wait=false >/dev/null' EXIT
state() { kubectl --namespace "$namespace" get pod "$pod" --output "jsonpath={.status.$1}"; }
# What is over within a second was never seen to run.
for _ in $(seq 60); do
    case $(state phase) in Running | Succeeded | Failed) break ;; esac
    sleep 1
done
kubectl --namespace "$namespace" logs "$pod" --follow
for _ in $(seq 30); do
    status=$(state 'containerStatuses[0].state.terminated.exitCode')
    [ -z "$status" ] || exit "$status"
    sleep 1
done
echo "$pod did not end: its log broke off." >&2
exit 1
