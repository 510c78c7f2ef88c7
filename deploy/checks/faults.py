"""Faults that operators really make, to be seeded into manifests that have none: a check that finds nothing must be found out.

Each names the rule that is to find it. `python -m deploy.checks` seeds them all, and so do the tests.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from deploy.checks import code, lint, schemas
from deploy.checks.objects import Fields, Finding, Object, Objects

PRODUCTION: Final = "overlays/production"
KAFKA: Final = "platform/kafka"
SUBSCRIBERS: Final = "platform/kafka/subscribers"
POSTGRES: Final = "platform/postgres"
NAMESPACE: Final = "platform/namespace"
GONE: Final = object()


@dataclass(frozen=True)
class Fault:
    """A fault: what it is, where it is seeded, how, and the rule that is to find it."""

    name: str
    folder: str
    seed: Callable[[list[Fields]], None]
    rule: str
    needs_crd_schemas: bool = False

    def __str__(self) -> str:
        return self.name


def found(fault: Fault, objects: Objects) -> list[Finding]:
    """Return what the checks say of `objects` once the fault is seeded."""
    before = [each.fields for each in objects]
    after = copy.deepcopy(before)
    fault.seed(after)
    if after == before:
        raise ValueError(f"the fault `{fault.name}` changes nothing")
    changed = Objects(after)
    # What is unchanged was valid before; schemas are the slow ones.
    others = [Object(fields) for fields in after if fields not in before]
    if fault.folder.startswith("overlays/"):
        return [*lint.application(changed), *code.application(changed), *schemas.check(others)]
    return [*lint.platform(changed), *code.platform(changed), *schemas.check(others)]


def the(documents: list[Fields], target: str) -> Fields:
    """Return the object `Kind/name`; the suffix that a generator adds to a name may be left out."""
    kind, _, name = target.partition("/")
    matches = [each for each in documents if each["kind"] == kind and _is_called(each, name)]
    if len(matches) != 1:
        raise ValueError(f"{len(matches)} objects are {target}")
    return matches[0]


def _is_called(each: Fields, name: str) -> bool:
    given = str(each["metadata"]["name"])
    return given == name or (each["kind"] == "ConfigMap" and given.rpartition("-")[0] == name)


def put(target: str, path: str, value: Any) -> Callable[[list[Fields]], None]:
    """Return what sets (or, with GONE, takes away) the value at `a/b/0/c` of an object."""

    def seed(documents: list[Fields]) -> None:
        steps: list[str | int] = [int(step) if step.isdigit() else step.replace("~", "/") for step in path.split("/")]
        place: Any = the(documents, target)
        for step in steps[:-1]:
            place = place[step]
        if value is GONE:
            del place[steps[-1]]
        else:
            place[steps[-1]] = value

    return seed


def without(*targets: str) -> Callable[[list[Fields]], None]:
    """Return what takes whole objects away."""

    def seed(documents: list[Fields]) -> None:
        for target in targets:
            documents.remove(the(documents, target))

    return seed


def with_also(document: Fields) -> Callable[[list[Fields]], None]:
    """Return what adds an object."""
    return lambda documents: documents.append(document)


def again(target: str, name: str) -> Callable[[list[Fields]], None]:
    """Return what adds an object's copy under another name."""

    def seed(documents: list[Fields]) -> None:
        twin = copy.deepcopy(the(documents, target))
        twin["metadata"]["name"] = name
        documents.append(twin)

    return seed


def appended(target: str, path: str, value: Any) -> Callable[[list[Fields]], None]:
    """Return what adds a value to a list of an object."""

    def seed(documents: list[Fields]) -> None:
        place: Any = the(documents, target)
        for step in path.split("/"):
            place = place[int(step) if step.isdigit() else step]
        place.append(value)

    return seed


_POD = "spec/template/spec"
_APP = f"{_POD}/containers/0"
_GATEWAY = "Deployment/gateway"
_RELAY = "Deployment/identity-relay"


def _of_pods() -> Iterator[Fault]:
    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None], *, needs: bool = False) -> Fault:
        return Fault(name, PRODUCTION, seed, rule, needs)

    yield fault("an image by `latest`", "images", put(_GATEWAY, f"{_APP}/image", "registry.invalid/vitrail:latest"))
    yield fault("an image without tag", "images", put(_GATEWAY, f"{_APP}/image", "registry.invalid/vitrail"))
    yield fault("a command instead of arguments", "images", put(_GATEWAY, f"{_APP}/command", ["sh", "-c"]))
    yield fault("root", "pod-identity", put(_GATEWAY, f"{_POD}/securityContext/runAsNonRoot", False))
    yield fault("a user of the host's own", "pod-identity", put(_RELAY, f"{_POD}/securityContext/runAsUser", 1000))
    yield fault("no seccomp profile", "pod-identity", put(_RELAY, f"{_POD}/securityContext/seccompProfile", GONE))
    yield fault("the host's network", "pod-identity", put(_RELAY, f"{_POD}/hostNetwork", True))
    yield fault(
        "a writable root", "container-identity", put(_RELAY, f"{_APP}/securityContext/readOnlyRootFilesystem", False)
    )
    yield fault(
        "a capability", "container-identity", put(_RELAY, f"{_APP}/securityContext/capabilities/add", ["NET_RAW"])
    )
    yield fault(
        "privileged", "container-identity", put("Job/records-migrate", f"{_APP}/securityContext/privileged", True)
    )
    yield fault("a token in the pod", "accounts", put(_RELAY, f"{_POD}/automountServiceAccountToken", True))
    yield fault("a shared account", "accounts", put(_RELAY, f"{_POD}/serviceAccountName", "identity"))
    yield fault(
        "a role",
        "accounts",
        with_also(
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": []}
        ),
    )
    yield fault("no memory limit", "resources", put(_GATEWAY, f"{_APP}/resources/limits/memory", GONE))
    yield fault("no request", "resources", put(_GATEWAY, f"{_APP}/resources/requests/cpu", GONE))
    yield fault("a limit on the CPU", "resources", put(_GATEWAY, f"{_APP}/resources/limits/cpu", "1"))
    yield fault(
        "a /tmp that the limit does not hold",
        "writable-folder",
        put(_GATEWAY, f"{_APP}/resources/limits/ephemeral-storage", "1Gi"),
    )
    yield fault(
        "a folder of the host",
        "writable-folder",
        appended(_RELAY, f"{_POD}/volumes", {"name": "h", "hostPath": {"path": "/"}}),
    )
    yield fault("no room for uploads", "uploads", put(_GATEWAY, f"{_POD}/volumes/1/emptyDir/sizeLimit", "64Mi"))
    yield fault("no readiness probe", "probes", put(_GATEWAY, f"{_APP}/readinessProbe", GONE))
    yield fault(
        "liveness that asks the database", "probes", put(_GATEWAY, f"{_APP}/livenessProbe/httpGet/path", "/readyz")
    )
    yield fault(
        "a probe of a path that is not there",
        "routes",
        put("Deployment/identity", f"{_APP}/livenessProbe/httpGet/path", "/healthz"),
    )
    yield fault(
        "a worker's probe of such a path", "routes", put(_RELAY, f"{_APP}/startupProbe/httpGet/path", "/health")
    )
    yield fault(
        "a probe of a port without that name", "references", put(_GATEWAY, f"{_APP}/livenessProbe/httpGet/port", "web")
    )
    yield fault(
        "a port that nobody listens at", "routes", put("Deployment/records", f"{_APP}/ports/0/containerPort", 8000)
    )
    yield fault(
        "a rollout that takes away first", "rollout", put(_GATEWAY, "spec/strategy/rollingUpdate/maxUnavailable", 1)
    )
    yield fault("no pause before the end", "rollout", put(_GATEWAY, f"{_APP}/lifecycle", GONE))
    yield fault("too little time to end", "rollout", put(_GATEWAY, f"{_POD}/terminationGracePeriodSeconds", 30))
    yield fault("all on one host", "spread", put(_GATEWAY, f"{_POD}/topologySpreadConstraints", GONE))
    yield fault(
        "a spread over others' pods",
        "spread",
        put(_GATEWAY, f"{_POD}/topologySpreadConstraints/1/labelSelector/matchLabels", {"app": "x"}),
    )
    yield fault("a misspelt field", "kubernetes-1.37", put(_GATEWAY, "spec/minReadySecond", 5))
    yield fault("a number where a word belongs", "kubernetes-1.34", put(_GATEWAY, f"{_APP}/args/0", 5))
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


def _of_joins() -> Iterator[Fault]:
    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None]) -> Fault:
        return Fault(name, PRODUCTION, seed, rule)

    yield fault("replicas beside an autoscaler", "one-scaler", put(_GATEWAY, "spec/replicas", 3))
    yield fault(
        "an autoscaler of nothing",
        "one-scaler",
        put("HorizontalPodAutoscaler/gateway", "spec/scaleTargetRef/name", "gatewy"),
    )
    yield fault("two autoscalers", "one-scaler", again("HorizontalPodAutoscaler/gateway", "gateway-too"))
    yield fault("a third relay", "one-scaler", put(_RELAY, "spec/replicas", 3))
    yield fault("one pod alone", "two-of-each", put("HorizontalPodAutoscaler/identity", "spec/minReplicas", 1))
    yield fault(
        "an autoscaler that looks at nothing",
        "scaler-bounds",
        put("HorizontalPodAutoscaler/identity", "spec/metrics", []),
    )
    yield fault("an autoscaler without its secret", "scaler-bounds", without("TriggerAuthentication/kafka"))
    yield fault("no disruption budget", "disruption", without("PodDisruptionBudget/gateway"))
    yield fault("two disruption budgets", "disruption", again("PodDisruptionBudget/gateway", "gateway-too"))
    yield fault(
        "a budget that stops every drain", "disruption", put("PodDisruptionBudget/gateway", "spec/maxUnavailable", 0)
    )
    yield fault(
        "a selector of others' pods",
        "selectors",
        put(_RELAY, "spec/selector/matchLabels", {"app.kubernetes.io/name": "identity"}),
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
        "settings that are not there", "references", put(_GATEWAY, f"{_APP}/envFrom/0/configMapRef/name", "common")
    )
    yield fault(
        "a Secret that nobody makes",
        "references",
        put(_RELAY, f"{_POD}/volumes/0/projected/sources/0/secret/name", "identity-key"),
    )
    yield fault("a mount of no volume", "references", put(_RELAY, f"{_APP}/volumeMounts/0/name", "temp"))
    yield fault(
        "a secret as a variable",
        "secrets-as-files",
        put(
            _RELAY, f"{_APP}/env", [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "identity-keys", "key": "X"}}}]
        ),
    )
    yield fault(
        "a Secret in the manifests",
        "secrets",
        with_also({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}),
    )
    yield fault(
        "secrets that all may read", "secrets-as-files", put(_RELAY, f"{_POD}/volumes/0/projected/defaultMode", 0o444)
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
    yield fault(
        "a migration as the application",
        "migrations",
        put("Job/identity-migrate", f"{_POD}/volumes/0/projected/sources/1/secret/name", "identity-database"),
    )
    yield fault(
        "a server as the owner",
        "migrations",
        put("Deployment/identity", f"{_POD}/volumes/0/projected/sources/1/secret/name", "identity-database-owner"),
    )
    yield fault("no migration", "migrations", without("Job/records-migrate"))
    yield fault("no sweep", "sweeps", without("CronJob/records-sweep"))
    yield fault("two sweeps at a time", "sweeps", put("CronJob/records-sweep", "spec/concurrencyPolicy", "Allow"))
    yield fault("a sweep in no time zone", "sweeps", put("CronJob/records-sweep", "spec/timeZone", GONE))
    yield fault(
        "a sweep that may hang",
        "sweeps",
        put("CronJob/records-sweep", "spec/jobTemplate/spec/activeDeadlineSeconds", GONE),
    )


def _of_ways() -> Iterator[Fault]:
    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None]) -> Fault:
        return Fault(name, PRODUCTION, seed, rule)

    everybody: list[Fields] = [{"podSelector": {}}]
    yield fault("nothing is denied", "default-deny", without("NetworkPolicy/default-deny"))
    yield fault("a call without its way out", "needed-ways", put("NetworkPolicy/gateway", "spec/egress/3", GONE))
    yield fault("a call without its way in", "needed-ways", put("NetworkPolicy/enrollment", "spec/ingress", []))
    yield fault(
        "no way to the database",
        "needed-ways",
        put("NetworkPolicy/identity-tasks", "spec/podSelector/matchExpressions/0/values/0", "migrat"),
    )
    yield fault(
        "no way to Kafka", "needed-ways", put("NetworkPolicy/identity-events", "spec/egress/1/ports/0/port", 9092)
    )
    yield fault("no way to the mail server", "needed-ways", without("NetworkPolicy/allow-smtp"))
    yield fault("no names", "needed-ways", without("NetworkPolicy/allow-dns"))
    yield fault(
        "no way to the metrics", "needed-ways", put("NetworkPolicy/allow-metrics", "spec/ingress/0/ports/0/port", 8080)
    )
    yield fault(
        "no way in for the edge",
        "needed-ways",
        put("NetworkPolicy/gateway", "spec/ingress/0/from/0/namespaceSelector/matchLabels", {"role": "edge"}),
    )
    yield fault(
        "a server that speaks to Kafka",
        "closed-ways",
        put(
            "NetworkPolicy/identity-events", "spec/podSelector", {"matchLabels": {"app.kubernetes.io/name": "identity"}}
        ),
    )
    yield fault(
        "services that speak to each other",
        "closed-ways",
        appended("NetworkPolicy/identity", "spec/egress", {"to": everybody}),
    )
    yield fault(
        "a service open to the cluster",
        "closed-ways",
        put("NetworkPolicy/records", "spec/ingress/0", {"ports": [{"port": 8080, "protocol": "TCP"}]}),
    )
    yield fault(
        "a service open to the edge",
        "closed-ways",
        appended(
            "NetworkPolicy/records",
            "spec/ingress/0/from",
            {"namespaceSelector": {"matchLabels": {"vitrail.ca/role": "edge"}}},
        ),
    )
    yield fault(
        "metrics open to the edge",
        "closed-ways",
        appended(
            "NetworkPolicy/allow-metrics",
            "spec/ingress/0/from",
            {"namespaceSelector": {"matchLabels": {"vitrail.ca/role": "edge"}}},
        ),
    )
    yield fault(
        "letters to the whole internet",
        "ways-out",
        put("NetworkPolicy/allow-smtp", "spec/egress/0/to/0/ipBlock/cidr", "0.0.0.0/0"),
    )
    yield fault(
        "a way out for a server",
        "ways-out",
        appended("NetworkPolicy/identity", "spec/egress", {"to": [{"ipBlock": {"cidr": "198.51.100.7/32"}}]}),
    )
    yield fault(
        "a way out for everybody",
        "ways-out",
        appended("NetworkPolicy/allow-dns", "spec/egress", {"ports": [{"port": 443}]}),
    )
    yield fault(
        "a policy that selects nothing",
        "policies",
        put("NetworkPolicy/allow-smtp", "spec/podSelector/matchLabels", {"app.kubernetes.io/component": "notifier"}),
    )


def _of_drift() -> Iterator[Fault]:
    def fault(name: str, rule: str, seed: Callable[[list[Fields]], None]) -> Fault:
        return Fault(name, PRODUCTION, seed, rule)

    def dashboard(documents: list[Fields]) -> None:
        data = the(documents, "ConfigMap/vitrail-dashboard")["data"]
        data["vitrail.json"] = data["vitrail.json"].replace("vitrail_letters_waiting", "vitrail_letters_queued")

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
    yield fault("a command that is not there", "arguments", put(_RELAY, f"{_APP}/args/5", "relays"))
    yield fault("an option that is not there", "arguments", put(_RELAY, f"{_APP}/args/3", "--metric-port"))
    yield fault("a part that is another's", "arguments", put(_RELAY, f"{_APP}/args/0", "services.records"))
    yield fault("metrics at another port", "arguments", put(_RELAY, f"{_APP}/args/4", "9091"))
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


def _of_platform() -> Iterator[Fault]:
    cluster, kafka, subscriber = "Cluster/vitrail", "Kafka/vitrail", "KafkaUser/sub-example"
    topic = "KafkaTopic/vitrail.identity.v1"
    acls = "spec/authorization/acls"
    yield Fault("Kafka without TLS", KAFKA, put(kafka, "spec/kafka/listeners/1/tls", False), "kafka")
    yield Fault("Kafka that asks nobody", KAFKA, put(kafka, "spec/kafka/listeners/0/authentication", GONE), "kafka")
    yield Fault(
        "Kafka open to everybody", KAFKA, put(kafka, "spec/kafka/listeners/0/networkPolicyPeers", GONE), "kafka"
    )
    yield Fault(
        "topics made by a typing error", KAFKA, put(kafka, "spec/kafka/config/auto.create.topics.enable", True), "kafka"
    )
    yield Fault("one copy is enough", KAFKA, put(kafka, "spec/kafka/config/min.insync.replicas", 1), "kafka")
    yield Fault("disks that go", KAFKA, put("KafkaNodePool/broker", "spec/storage/volumes/0/deleteClaim", True), "kept")
    yield Fault("a topic that is missing", KAFKA, without(topic), "topics")
    yield Fault("a topic of fewer partitions", KAFKA, put(topic, "spec/partitions", 6), "topics")
    yield Fault("a topic that forgets sooner", KAFKA, put(topic, "spec/config/retention.ms", "1000"), "topics")
    yield Fault("a service without a right", KAFKA, put("KafkaUser/attendance", f"{acls}/1", GONE), "kafka-rights")
    yield Fault(
        "a service with one right more",
        KAFKA,
        put("KafkaUser/identity", f"{acls}/1/operations/1", "Write"),
        "kafka-rights",
    )
    yield Fault("a service without a user", KAFKA, without("KafkaUser/records"), "kafka-rights")
    yield Fault(
        "a subscriber to all topics",
        SUBSCRIBERS,
        put(subscriber, f"{acls}/0/resource/patternType", "prefix"),
        "subscribers",
    )
    yield Fault(
        "a subscriber to another's topic",
        SUBSCRIBERS,
        put(subscriber, f"{acls}/0/resource/name", "org.000000.enrollment.other.v1"),
        "subscribers",
    )
    yield Fault(
        "a subscriber that writes", SUBSCRIBERS, put(subscriber, f"{acls}/0/operations/0", "Write"), "subscribers"
    )
    yield Fault(
        "a subscriber in all groups", SUBSCRIBERS, put(subscriber, f"{acls}/2/resource/name", "sub-"), "subscribers"
    )
    yield Fault("a subscriber without bounds", SUBSCRIBERS, put(subscriber, "spec/quotas", GONE), "subscribers")
    yield Fault("one database machine", POSTGRES, put(cluster, "spec/instances", 1), "postgres")
    yield Fault("commits on one machine", POSTGRES, put(cluster, "spec/postgresql/synchronous", GONE), "postgres")
    yield Fault(
        "a database without TLS",
        POSTGRES,
        put(cluster, "spec/postgresql/pg_hba/0", "host all all all scram-sha-256"),
        "postgres",
    )
    yield Fault("no archive", POSTGRES, put(cluster, "spec/plugins", GONE), "postgres")
    yield Fault("no daily backup", POSTGRES, without("ScheduledBackup/daily"), "backups")
    yield Fault("a week of backups", POSTGRES, put("ObjectStore/vitrail", "spec/retentionPolicy", "7d"), "backups")
    yield Fault(
        "a database dropped with its object",
        POSTGRES,
        put("Database/identity", "spec/databaseReclaimPolicy", "delete"),
        "kept",
    )
    yield Fault(
        "a role that makes databases", POSTGRES, put(cluster, "spec/managed/roles/1/createdb", True), "postgres-roles"
    )
    yield Fault(
        "a database without its role",
        POSTGRES,
        put(cluster, "spec/managed/roles/1/name", "identity_application"),
        "postgres-roles",
    )
    yield Fault("a service without a database", POSTGRES, without("Database/records"), "databases")
    yield Fault(
        "a service kept out of the database",
        POSTGRES,
        put("NetworkPolicy/postgres", "spec/ingress/0/from/0/podSelector/matchExpressions/0/values/0", "identities"),
        "postgres-reach",
    )
    yield Fault(
        "a namespace that takes any pod",
        NAMESPACE,
        put("Namespace/vitrail", "metadata/labels/pod-security.kubernetes.io~enforce", "privileged"),
        "namespaces",
    )


FAULTS: Final = (*_of_pods(), *_of_joins(), *_of_ways(), *_of_drift(), *_of_platform())
