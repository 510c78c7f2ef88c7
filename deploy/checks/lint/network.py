"""Who may speak to whom: every way that is needed is open at both ends, and no other is.

What is needed is derived: from the addresses in the settings (the gateway's services), from the Secrets that a pod holds (a
database), and from what a process does (relays and consumers speak to Kafka, senders of letters to the mail server).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from deploy.checks.objects import COMPONENT, NAME, SERVER, Fields, Finding, Object, Objects, Workload, find, selects

_EVENTS = frozenset({"relay", "consume", "export", "operator"})
_MAIL_PORTS = frozenset({25, 465, 587})
_METRICS_PORT = 9090
# Policies that are there to leave the cluster; each component that brings one says so.
_WAYS_OUT = frozenset({"identity-social-providers", "records-documents"})


@dataclass(frozen=True)
class Peer:
    """One end of a connection."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: Mapping[str, str] | None = None
    # Of what is no pod.
    address: str = ""


_DATA = {"kubernetes.io/metadata.name": "vitrail-data"}
POSTGRES = Peer("PostgreSQL", {"cnpg.io/cluster": "vitrail"}, _DATA)
KAFKA = Peer("Kafka", {"strimzi.io/cluster": "vitrail", "strimzi.io/name": "vitrail-kafka"}, _DATA)
DNS = Peer("DNS", {"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})
# NodeLocal DNSCache, where there is one: nothing says so to a pod, whose questions then go there.
HOST_DNS = Peer("DNS of the host", address="169.254.20.10")
EDGE = Peer("the edge", {}, {"vitrail.ca/role": "edge"})
MONITORING = Peer("the monitoring", {}, {"vitrail.ca/role": "monitoring"})
STRANGER = Peer("another namespace", {}, {"kubernetes.io/metadata.name": "strangers"})


def _peer(workload: Workload) -> Peer:
    return Peer(str(workload), workload.labels)


class Policies:
    """What the policies of a namespace let through."""

    def __init__(self, objects: Objects) -> None:
        self._policies = objects.of("NetworkPolicy")

    def lets(self, pod: Peer, other: Peer, port: int, *, outwards: bool) -> bool:
        """Tell whether a pod may speak to (`outwards`), or be spoken to by, another one at a port."""
        kind, rules, side = ("Egress", "egress", "to") if outwards else ("Ingress", "ingress", "from")
        holding = [
            each
            for each in self._policies
            if kind in each.spec.get("policyTypes", []) and selects(each.spec.get("podSelector"), pod.labels)
        ]
        if not holding:
            # Without a policy that selects it, a pod may do anything.
            return True
        return any(_takes(rule, side, other, port) for each in holding for rule in each.spec.get(rules) or [])


def _takes(rule: Fields, side: str, other: Peer, port: int) -> bool:
    ports = rule.get("ports")
    if ports is not None and port not in {each.get("port") for each in ports}:
        return False
    return side not in rule or any(_is(peer, other) for peer in rule[side])


def _is(peer: Fields, other: Peer) -> bool:
    if "ipBlock" in peer or other.address:
        return "ipBlock" in peer and bool(other.address) and _holds(peer["ipBlock"], other.address)
    if (other.namespace is not None) is not ("namespaceSelector" in peer):
        return False
    if other.namespace is not None and not selects(peer["namespaceSelector"], other.namespace):
        return False
    return selects(peer.get("podSelector") or {}, other.labels)


def _holds(block: Fields, address: str) -> bool:
    return ip_address(address) in ip_network(str(block.get("cidr")))


def called(objects: Objects, workload: Workload) -> Iterator[tuple[str, int]]:
    """Yield the Services of ours that a workload's settings name, with the port."""
    for source in find(workload.containers, 0, "envFrom", default=[]):
        settings = objects.get("ConfigMap", find(source, "configMapRef", "name", default=""))
        for value in (settings.find("data", default={}) if settings else {}).values():
            address = urlsplit(str(value))
            if address.scheme == "http" and address.hostname and "." not in address.hostname:
                yield address.hostname, address.port or 80


def denied_by_default(objects: Objects) -> Iterator[Finding]:
    """What no policy names is refused, both ways."""
    for policy in objects.of("NetworkPolicy"):
        is_for_all = policy.spec.get("podSelector") == {} and len(policy.spec.get("policyTypes", [])) == 2
        if is_for_all and not policy.spec.get("egress") and not policy.spec.get("ingress"):
            return
    yield Finding("NetworkPolicy", "default-deny", "nothing denies what no policy names")


def needed_ways(objects: Objects) -> Iterator[Finding]:
    """What must speak to each other can, at both ends."""
    policies = Policies(objects)
    for workload in objects.workloads:
        me = _peer(workload)
        for service, port in called(objects, workload):
            target = objects.get("Service", service)
            if target is None:
                yield Finding(str(workload), "needed-ways", f"its settings name {service}, which is no Service")
                continue
            for behind in _behind(objects, target, port):
                if not policies.lets(me, _peer(behind), 8080, outwards=True):
                    yield Finding(str(workload), "needed-ways", f"may not speak to {behind}")
                if not policies.lets(_peer(behind), me, 8080, outwards=False):
                    yield Finding(str(behind), "needed-ways", f"may not be spoken to by {workload}")
        for other, port in _outside(workload):
            if not policies.lets(me, other, port, outwards=True):
                yield Finding(str(workload), "needed-ways", f"may not speak to {other.name} at {port}")
        if workload.kind == "Deployment" and not policies.lets(me, MONITORING, _METRICS_PORT, outwards=False):
            yield Finding(str(workload), "needed-ways", "its metrics cannot be read")
        if workload.part == "gateway" and not policies.lets(me, EDGE, 8080, outwards=False):
            yield Finding(str(workload), "needed-ways", "the edge cannot reach it")
        if workload.component == "notify" and not any(_mails(each, workload) for each in objects.of("NetworkPolicy")):
            yield Finding(str(workload), "needed-ways", "cannot reach a mail server")


def _behind(objects: Objects, service: Object, port: int) -> list[Workload]:
    if port not in {each.get("port") for each in service.spec.get("ports") or []}:
        return []
    selector = {"matchLabels": service.spec.get("selector") or {"": ""}}
    return [each for each in objects.deployments if selects(selector, each.labels)]


def _outside(workload: Workload) -> Iterator[tuple[Peer, int]]:
    yield DNS, 53
    yield HOST_DNS, 53
    if any("database" in name for name in workload.secrets):
        yield POSTGRES, 5432
    if workload.component in _EVENTS:
        yield KAFKA, 9093


def _mails(policy: Object, workload: Workload) -> bool:
    if not selects(policy.spec.get("podSelector"), workload.labels):
        return False
    ports = {
        port.get("port")
        for rule in policy.spec.get("egress") or []
        if any("ipBlock" in peer for peer in rule.get("to") or [])
        for port in rule.get("ports") or []
    }
    return bool(ports) and ports <= _MAIL_PORTS


def closed_ways(objects: Objects) -> Iterator[Finding]:
    """What need not speak to each other cannot."""
    policies = Policies(objects)
    for workload in objects.workloads:
        me = _peer(workload)
        needed = {service for service, _ in called(objects, workload)}
        for other in objects.deployments:
            is_needed = other.component == SERVER and other.part in needed
            if not is_needed and policies.lets(me, _peer(other), 8080, outwards=True):
                yield Finding(str(workload), "closed-ways", f"may speak to {other} for no reason")
        outside = {peer.name for peer, _ in _outside(workload)}
        for peer, port in ((POSTGRES, 5432), (KAFKA, 9093)):
            if peer.name not in outside and policies.lets(me, peer, port, outwards=True):
                yield Finding(str(workload), "closed-ways", f"may speak to {peer.name} for no reason")
        for port in (8080, _METRICS_PORT):
            if policies.lets(me, STRANGER, port, outwards=False):
                yield Finding(str(workload), "closed-ways", f"anybody in the cluster reaches its port {port}")
        if policies.lets(me, EDGE, _METRICS_PORT, outwards=False):
            yield Finding(str(workload), "closed-ways", "the edge reaches its metrics (GWY-7)")
        if workload.part != "gateway" and policies.lets(me, EDGE, 8080, outwards=False):
            yield Finding(str(workload), "closed-ways", "the edge reaches it past the gateway")


def ways_out(objects: Objects) -> Iterator[Finding]:
    """No pod reaches the internet, but where a component is there for it; letters leave from `notify` alone."""
    for policy in objects.of("NetworkPolicy"):
        rules = policy.spec.get("egress") or []
        if any("to" not in rule or not rule["to"] for rule in rules):
            yield Finding(str(policy), "ways-out", "lets its pods speak to anybody")
        blocks = [
            peer
            for rule in rules
            for peer in rule.get("to") or []
            if "ipBlock" in peer and not _stays_on_the_host(peer["ipBlock"])
        ]
        if not blocks or policy.name in _WAYS_OUT:
            continue
        selector = policy.spec.get("podSelector") or {}
        if find(selector, "matchLabels", COMPONENT) != "notify":
            yield Finding(str(policy), "ways-out", "leads out of the cluster for pods that send no letters")
        for block in blocks:
            if str(block["ipBlock"].get("cidr")).endswith("/0"):
                yield Finding(str(policy), "ways-out", "leads everywhere")


def _stays_on_the_host(block: Fields) -> bool:
    return ip_network(str(block.get("cidr"))).is_link_local


def policies_of_somebody(objects: Objects) -> Iterator[Finding]:
    """A policy selects pods that there are, and bears a part's own labels."""
    labels = [each.labels for each in objects.workloads]
    # Typed commands run in pods that come and go.
    labels += [{NAME: part, COMPONENT: "operator"} for part in {each.part for each in objects.workloads}]
    for policy in objects.of("NetworkPolicy"):
        if not any(selects(policy.spec.get("podSelector"), each) for each in labels):
            yield Finding(str(policy), "policies", "selects nothing")


RULES = (denied_by_default, needed_ways, closed_ways, ways_out, policies_of_somebody)
