"""How many there are of each, and what keeps some of them there."""

from collections import Counter
from collections.abc import Iterator

from deploy.checks.objects import Finding, Objects, selects

# Who leads while another stands by: a third would do nothing.
_LEADERS = frozenset({"relay"})
# One pod of a kind is enough to try on.
OF_SIZE = frozenset({"two-of-each"})


def one_scaler(objects: Objects) -> Iterator[Finding]:
    """Exactly one object decides how many pods a Deployment has."""
    targets = Counter(
        each.find("spec", "scaleTargetRef", "name") for each in objects.of("HorizontalPodAutoscaler", "ScaledObject")
    )
    for workload in objects.deployments:
        replicas, scalers = workload.object.spec.get("replicas"), targets.pop(workload.name, 0)
        if workload.component in _LEADERS:
            if replicas != 2 or scalers:
                yield Finding(str(workload), "one-scaler", "a leader and one who stands by: replicas are 2 and stay so")
        elif scalers != 1:
            yield Finding(str(workload), "one-scaler", f"{scalers} autoscalers")
        elif replicas is not None:
            yield Finding(str(workload), "one-scaler", "`replicas` undoes at each apply what the autoscaler decided")
    for name in targets:
        yield Finding(f"autoscaler of {name}", "one-scaler", "scales nothing that there is")


def bounds(objects: Objects) -> Iterator[Finding]:
    """An autoscaler knows what it looks at, and does not go down at the first quiet minute."""
    for scaler in objects.of("HorizontalPodAutoscaler"):
        least, most = scaler.spec.get("minReplicas", 1), scaler.spec.get("maxReplicas", 0)
        if most < least:
            yield Finding(str(scaler), "scaler-bounds", f"at most {most}, at least {least}")
        if scaler.find("spec", "metrics", 0, "resource", "target", "averageUtilization") is None:
            yield Finding(str(scaler), "scaler-bounds", "looks at nothing")
        if not scaler.find("spec", "behavior", "scaleDown", "stabilizationWindowSeconds"):
            yield Finding(str(scaler), "scaler-bounds", "goes down at once")
    for scaled in objects.of("ScaledObject"):
        for trigger in scaled.spec.get("triggers") or []:
            named = trigger.get("authenticationRef", {}).get("name")
            if named not in objects.names("TriggerAuthentication"):
                yield Finding(str(scaled), "scaler-bounds", f"there is no TriggerAuthentication {named}")


def two_of_each(objects: Objects) -> Iterator[Finding]:
    """One host may be lost."""
    for scaler in objects.of("HorizontalPodAutoscaler"):
        if scaler.spec.get("minReplicas", 1) < 2:
            yield Finding(str(scaler), "two-of-each", "one pod alone")
    for scaled in objects.of("ScaledObject"):
        if scaled.spec.get("minReplicaCount", 0) < 2:
            yield Finding(str(scaled), "two-of-each", "one pod alone, or none")


def disruption(objects: Objects) -> Iterator[Finding]:
    """A drained host takes one pod at a time, and a pod that is broken anyway does not hold it up."""
    budgets = objects.of("PodDisruptionBudget")
    for workload in objects.deployments:
        holding = [each for each in budgets if selects(each.spec.get("selector"), workload.labels)]
        if len(holding) != 1:
            yield Finding(str(workload), "disruption", f"{len(holding)} disruption budgets")
    for budget in budgets:
        if budget.spec.get("maxUnavailable") != 1 or "minAvailable" in budget.spec:
            yield Finding(str(budget), "disruption", "maxUnavailable is not 1")
        if budget.spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield Finding(str(budget), "disruption", "pods that are not ready stop a drain")
        if not any(selects(budget.spec.get("selector"), each.labels) for each in objects.deployments):
            yield Finding(str(budget), "disruption", "selects nothing")


RULES = (one_scaler, bounds, two_of_each, disruption)
