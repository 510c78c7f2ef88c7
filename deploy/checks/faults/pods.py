"""Faults within one pod, or one field."""

from collections.abc import Callable, Iterator

from deploy.checks.faults.seeding import (
    APP,
    GATEWAY,
    GONE,
    POD,
    PORTAL,
    PRODUCTION,
    RELAY,
    Fault,
    appended,
    put,
    with_also,
)
from deploy.checks.objects import Fields


def of_pods() -> Iterator[Fault]:
    """Yield them."""

    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None], *, needs: bool = False) -> Fault:
        return Fault(name, PRODUCTION, seed, rule, needs)

    yield fault("an image by `latest`", "images", put(GATEWAY, f"{APP}/image", "registry.invalid/vitrail:latest"))
    yield fault("an image without tag", "images", put(GATEWAY, f"{APP}/image", "registry.invalid/vitrail"))
    yield fault("a command instead of arguments", "images", put(GATEWAY, f"{APP}/command", ["sh", "-c"]))
    yield fault("root", "pod-identity", put(GATEWAY, f"{POD}/securityContext/runAsNonRoot", False))
    yield fault("a user of the host's own", "pod-identity", put(RELAY, f"{POD}/securityContext/runAsUser", 1000))
    yield fault("no seccomp profile", "pod-identity", put(RELAY, f"{POD}/securityContext/seccompProfile", GONE))
    yield fault("the host's network", "pod-identity", put(RELAY, f"{POD}/hostNetwork", True))
    yield fault(
        "a writable root", "container-identity", put(RELAY, f"{APP}/securityContext/readOnlyRootFilesystem", False)
    )
    yield fault(
        "a capability", "container-identity", put(RELAY, f"{APP}/securityContext/capabilities/add", ["NET_RAW"])
    )
    yield fault(
        "privileged", "container-identity", put("Job/records-migrate", f"{APP}/securityContext/privileged", True)
    )
    yield fault("a token in the pod", "accounts", put(RELAY, f"{POD}/automountServiceAccountToken", True))
    yield fault("a shared account", "accounts", put(RELAY, f"{POD}/serviceAccountName", "identity"))
    yield fault(
        "a role",
        "accounts",
        with_also(
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": []}
        ),
    )
    yield fault("no memory limit", "resources", put(GATEWAY, f"{APP}/resources/limits/memory", GONE))
    yield fault("no request", "resources", put(GATEWAY, f"{APP}/resources/requests/cpu", GONE))
    yield fault("a limit on the CPU", "resources", put(GATEWAY, f"{APP}/resources/limits/cpu", "1"))
    yield fault(
        "a /tmp that the limit does not hold",
        "writable-folder",
        put(GATEWAY, f"{APP}/resources/limits/ephemeral-storage", "1Gi"),
    )
    yield fault(
        "a folder of the host",
        "writable-folder",
        appended(RELAY, f"{POD}/volumes", {"name": "h", "hostPath": {"path": "/"}}),
    )
    yield fault(
        "two releases at once", "images", put(GATEWAY, f"{APP}/image", f"registry.invalid/vitrail@sha256:{'1' * 64}")
    )
    yield fault("no room for uploads", "uploads", put(GATEWAY, f"{POD}/volumes/1/emptyDir/sizeLimit", "64Mi"))
    yield fault("room for uploads alone", "uploads", put(GATEWAY, f"{POD}/volumes/1/emptyDir/sizeLimit", "2304Mi"))
    yield fault("no readiness probe", "probes", put(GATEWAY, f"{APP}/readinessProbe", GONE))
    yield fault(
        "liveness that asks the database", "probes", put(GATEWAY, f"{APP}/livenessProbe/httpGet/path", "/readyz")
    )
    yield fault(
        "a probe of a path that is not there",
        "routes",
        put("Deployment/identity", f"{APP}/livenessProbe/httpGet/path", "/healthz"),
    )
    yield fault(
        "a probe of a page that the portal has not",
        "routes",
        put(PORTAL, f"{APP}/readinessProbe/httpGet/path", "/healthz"),
    )
    yield fault("a worker's probe of such a path", "routes", put(RELAY, f"{APP}/startupProbe/httpGet/path", "/health"))
    yield fault(
        "a probe of a port without that name", "references", put(GATEWAY, f"{APP}/livenessProbe/httpGet/port", "web")
    )
    yield fault(
        "a port that nobody listens at", "routes", put("Deployment/records", f"{APP}/ports/0/containerPort", 8000)
    )
    yield fault(
        "a rollout that takes away first", "rollout", put(GATEWAY, "spec/strategy/rollingUpdate/maxUnavailable", 1)
    )
    yield fault("no pause before the end", "rollout", put(GATEWAY, f"{APP}/lifecycle", GONE))
    yield fault("too little time to end", "rollout", put(GATEWAY, f"{POD}/terminationGracePeriodSeconds", 30))
    yield fault("all on one host", "spread", put(GATEWAY, f"{POD}/topologySpreadConstraints", GONE))
    yield fault(
        "a spread over others' pods",
        "spread",
        put(GATEWAY, f"{POD}/topologySpreadConstraints/1/labelSelector/matchLabels", {"app": "x"}),
    )
    yield fault("a misspelt field", "kubernetes-1.37", put(GATEWAY, "spec/minReadySecond", 5))
    yield fault("a number where a word belongs", "kubernetes-1.34", put(GATEWAY, f"{APP}/args/0", 5))
    yield fault(
        "an API that is gone",
        "kubernetes-1.34",
        put("HorizontalPodAutoscaler/gateway", "apiVersion", "autoscaling/v2beta2"),
    )
    yield fault(
        "a misspelt field of a custom resource",
        "custom-resource",
        put("ScaledObject/identity-consume", "spec/maxReplicasCount", 3),
        needs=True,
    )
    yield fault(
        "a custom resource of another version",
        "custom-resource",
        put("HTTPRoute/vitrail", "apiVersion", "gateway.networking.k8s.io/v9"),
        needs=True,
    )
