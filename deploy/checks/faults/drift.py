"""Faults between the manifests and the code."""

from collections.abc import Callable, Iterator

from deploy.checks.faults.seeding import APP, GONE, PORTAL, PRODUCTION, RELAY, Fault, put, the, without
from deploy.checks.objects import Fields


def of_drift() -> Iterator[Fault]:
    """Yield them."""

    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None]) -> Fault:
        return Fault(name, PRODUCTION, seed, rule)

    def dashboard(documents: list[Fields]) -> None:
        data = the(documents, "ConfigMap/vitrail-dashboard")["data"]
        data["vitrail.json"] = data["vitrail.json"].replace("vitrail_letters_waiting", "vitrail_letters_queued")

    def louder(documents: list[Fields]) -> None:
        the(documents, rules)["spec"]["groups"][0]["rules"] *= 2

    rules = "PrometheusRule/vitrail"
    yield fault(
        "a setting that nobody reads",
        "settings",
        put("ConfigMap/gateway-settings", "data/GATEWAY_REQUESTS_PER_MINUT", "3000"),
    )
    yield fault(
        "a setting that is given nowhere", "settings", put("ConfigMap/common-settings", "data/PUBLIC_URL", GONE)
    )
    yield fault(
        "a setting that is refused", "settings", put("ConfigMap/gateway-settings", "data/GATEWAY_TRUSTED_HOPS", "one")
    )
    yield fault(
        "an address with a path",
        "settings",
        put("ConfigMap/gateway-settings", "data/GATEWAY_IDENTITY_URL", "http://identity:8080/api"),
    )
    yield fault(
        "a key in the open", "settings", put("ConfigMap/identity-settings", "data/IDENTITY_SEAL_KEYS", "k" * 40)
    )
    yield fault(
        "a service that is not there",
        "needed-ways",
        put("ConfigMap/gateway-settings", "data/GATEWAY_IDENTITY_URL", "http://identities:8080"),
    )
    yield fault("a command that is not there", "arguments", put(RELAY, f"{APP}/args/5", "relays"))
    yield fault("an option that is not there", "arguments", put(RELAY, f"{APP}/args/3", "--metric-port"))
    yield fault("a part that is another's", "arguments", put(RELAY, f"{APP}/args/0", "services.records"))
    yield fault("metrics at another port", "arguments", put(RELAY, f"{APP}/args/4", "9091"))
    yield fault(
        "a setting that the portal does not read",
        "settings",
        put("ConfigMap/portal-settings", "data/PORTAL_API", "http://gateway:8080"),
    )
    yield fault(
        "a setting that the portal refuses", "settings", put("ConfigMap/portal-settings", "data/PORTAL_THREADS", "many")
    )
    yield fault(
        "the portal's key in the open",
        "settings",
        put("ConfigMap/portal-settings", "data/PORTAL_COOKIE_KEYS", "k" * 40),
    )
    yield fault(
        "a portal that does not know its API", "settings", put("ConfigMap/portal-settings", "data/PORTAL_API_URL", GONE)
    )
    yield fault(
        "a portal that asks a service past the gateway",
        "needed-ways",
        put("ConfigMap/portal-settings", "data/PORTAL_API_URL", "http://identity:8080"),
    )
    yield fault("an option that the portal has not", "arguments", put(PORTAL, f"{APP}/args/5", "relay"))
    yield fault("no portal", "processes", without(PORTAL))
    yield fault("a process that runs nowhere", "processes", without("Deployment/attendance-export"))
    yield fault(
        "a metric that nobody exports",
        "metrics",
        put(rules, "spec/groups/0/rules/3/expr", "max(vitrail_letter_age) > 1"),
    )
    yield fault("a panel that stays empty", "metrics", dashboard)
    yield fault(
        "an alert without a runbook",
        "alerts",
        put(rules, "spec/groups/0/rules/0/annotations/runbook_url", "docs/runbooks/none.md"),
    )
    yield fault("an alert without a test", "alerts", put(rules, "spec/groups/0/rules/0/alert", "GatewayGone"))
    yield fault("a night without sleep", "alerts", louder)
    yield fault(
        "an alert that is neither page nor ticket",
        "alerts",
        put(rules, "spec/groups/0/rules/0/labels/severity", "critical"),
    )
    yield fault(
        "scaling by a group that is not there",
        "scaling",
        put("ScaledObject/identity-consume", "spec/triggers/0/metadata/consumerGroup", "identity-consume"),
    )
    yield fault(
        "scaling by another topic",
        "scaling",
        put("ScaledObject/identity-consume", "spec/triggers/0/metadata/topic", "vitrail.records.v1"),
    )
    yield fault(
        "more members than partitions", "scaling", put("ScaledObject/identity-consume", "spec/maxReplicaCount", 13)
    )
