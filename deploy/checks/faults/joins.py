"""Faults between objects that name each other."""

from collections.abc import Callable, Iterator

from deploy.checks.faults.seeding import (
    APP,
    GATEWAY,
    GONE,
    POD,
    PRODUCTION,
    RELAY,
    Fault,
    again,
    put,
    with_also,
    without,
)
from deploy.checks.objects import Fields


def of_joins() -> Iterator[Fault]:
    """Yield them."""

    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None]) -> Fault:
        return Fault(name, PRODUCTION, seed, rule)

    yield fault("replicas beside an autoscaler", "one-scaler", put(GATEWAY, "spec/replicas", 3))
    yield fault(
        "an autoscaler of nothing",
        "one-scaler",
        put("HorizontalPodAutoscaler/gateway", "spec/scaleTargetRef/name", "gatewy"),
    )
    yield fault("two autoscalers", "one-scaler", again("HorizontalPodAutoscaler/gateway", "gateway-too"))
    yield fault("a third relay", "one-scaler", put(RELAY, "spec/replicas", 3))
    yield fault("one pod alone", "two-of-each", put("HorizontalPodAutoscaler/identity", "spec/minReplicas", 1))
    yield fault(
        "an autoscaler that looks at nothing",
        "scaler-bounds",
        put("HorizontalPodAutoscaler/identity", "spec/metrics", []),
    )
    yield fault(
        "an autoscaler without room",
        "scaler-bounds",
        put("HorizontalPodAutoscaler/identity", "spec/maxReplicas", 1),
    )
    yield fault("an autoscaler without its secret", "scaler-bounds", without("TriggerAuthentication/kafka"))
    yield fault("no disruption budget", "disruption", without("PodDisruptionBudget/gateway"))
    yield fault("two disruption budgets", "disruption", again("PodDisruptionBudget/gateway", "gateway-too"))
    yield fault(
        "a budget that stops every drain", "disruption", put("PodDisruptionBudget/gateway", "spec/maxUnavailable", 0)
    )
    yield fault(
        "a budget that broken pods hold",
        "disruption",
        put("PodDisruptionBudget/gateway", "spec/unhealthyPodEvictionPolicy", "IfHealthyBudget"),
    )
    yield fault(
        "a selector of others' pods",
        "selectors",
        put(RELAY, "spec/selector/matchLabels", {"app.kubernetes.io/name": "identity"}),
    )
    yield fault(
        "a Service that leads nowhere",
        "services",
        put("Service/identity", "spec/selector", {"app.kubernetes.io/name": "identities"}),
    )
    yield fault(
        "a Service to a port that is not there", "services", put("Service/identity", "spec/ports/0/targetPort", "web")
    )
    yield fault("a Service of the hosts", "services", put("Service/identity", "spec/type", "NodePort"))
    yield fault(
        "metrics that nobody scrapes",
        "scraped",
        put("PodMonitor/vitrail", "spec/selector", {"matchLabels": {"app": "vitrail"}}),
    )
    yield fault(
        "metrics scraped at another port",
        "scraped",
        put("PodMonitor/vitrail", "spec/podMetricsEndpoints/0/port", "http"),
    )
    yield fault("two objects of one name", "unique", again("Service/identity", "identity"))
    yield fault(
        "settings that are not there", "references", put(GATEWAY, f"{APP}/envFrom/0/configMapRef/name", "common")
    )
    yield fault(
        "a Secret that nobody makes",
        "references",
        put(RELAY, f"{POD}/volumes/0/projected/sources/0/secret/name", "identity-key"),
    )
    yield fault(
        "an autoscaler's password that is called otherwise",
        "references",
        put("TriggerAuthentication/kafka", "spec/secretTargetRef/0/key", "mechanism"),
    )
    yield fault("an autoscaler's Secret that no store makes", "references", without("ExternalSecret/keda-kafka"))
    yield fault("a mount of no volume", "references", put(RELAY, f"{APP}/volumeMounts/0/name", "temp"))
    yield fault(
        "a secret as a variable",
        "secrets-as-files",
        put(RELAY, f"{APP}/env", [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "identity-keys", "key": "X"}}}]),
    )
    yield fault(
        "a Secret in the manifests",
        "secrets",
        with_also({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}),
    )
    yield fault(
        "secrets that all may read", "secrets-as-files", put(RELAY, f"{POD}/volumes/0/projected/defaultMode", 0o444)
    )
    yield fault(
        "a store that forgets the portal's key",
        "secrets-whole",
        put("ExternalSecret/portal-keys", "spec/data/0/secretKey", "PORTAL_KEYS"),
    )
    yield fault(
        "a route to the portal past the gateway",
        "edge",
        put("HTTPRoute/vitrail", "spec/rules/1/backendRefs/0/name", "portal"),
    )
    yield fault("a store that forgets a key", "secrets-whole", put("ExternalSecret/identity-keys", "spec/data/0", GONE))
    yield fault(
        "a route past the gateway", "edge", put("HTTPRoute/vitrail", "spec/rules/0/backendRefs/0/name", "enrollment")
    )
    yield fault(
        "a route to a port that is not there", "edge", put("HTTPRoute/vitrail", "spec/rules/0/backendRefs/0/port", 80)
    )
    yield fault("a route without time-out", "edge", put("HTTPRoute/vitrail", "spec/rules/1/timeouts", {}))
    yield fault(
        "an edge that gives up first", "edge-patience", put("HTTPRoute/vitrail", "spec/rules/0/timeouts/request", "60s")
    )
    yield fault(
        "another host than the settings'", "door", put("HTTPRoute/vitrail", "spec/hostnames/0", "portal.invalid")
    )
    yield fault(
        "a migration without end", "migrations", put("Job/identity-migrate", "spec/activeDeadlineSeconds", GONE)
    )
    yield fault("a migration of an hour", "migrations", put("Job/identity-migrate", "spec/activeDeadlineSeconds", 3600))
    yield fault(
        "a migration as the application",
        "migrations",
        put("Job/identity-migrate", f"{POD}/volumes/0/projected/sources/1/secret/name", "identity-database"),
    )
    yield fault(
        "a server as the owner",
        "migrations",
        put("Deployment/identity", f"{POD}/volumes/0/projected/sources/1/secret/name", "identity-database-owner"),
    )
    yield fault("no migration", "migrations", without("Job/records-migrate"))
    yield fault("no sweep", "sweeps", without("CronJob/records-sweep"))
    yield fault("two sweeps at a time", "sweeps", put("CronJob/records-sweep", "spec/concurrencyPolicy", "Allow"))
    yield fault("a sweep in no time zone", "sweeps", put("CronJob/records-sweep", "spec/timeZone", GONE))
    yield fault("a sweep that is suspended", "sweeps", put("CronJob/records-sweep", "spec/suspend", True))
    yield fault(
        "a sweep that may hang",
        "sweeps",
        put("CronJob/records-sweep", "spec/jobTemplate/spec/activeDeadlineSeconds", GONE),
    )
