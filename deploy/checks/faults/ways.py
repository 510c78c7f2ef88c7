"""Faults of the network's policies."""

from collections.abc import Callable, Iterator

from deploy.checks.faults.seeding import GONE, PRODUCTION, Fault, appended, put, without
from deploy.checks.objects import Fields


def of_ways() -> Iterator[Fault]:
    """Yield them."""

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
    yield fault(
        "a portal that nobody is led to",
        "needed-ways",
        put(
            "NetworkPolicy/portal", "spec/ingress/0/from/0/podSelector/matchLabels", {"app.kubernetes.io/name": "edge"}
        ),
    )
    yield fault("a portal without the API", "needed-ways", put("NetworkPolicy/gateway", "spec/ingress/1", GONE))
    yield fault(
        "a portal that speaks to a service",
        "closed-ways",
        appended(
            "NetworkPolicy/portal", "spec/egress", {"to": everybody, "ports": [{"port": 8080, "protocol": "TCP"}]}
        ),
    )
    yield fault(
        "a portal open to the edge",
        "closed-ways",
        appended(
            "NetworkPolicy/portal",
            "spec/ingress/0/from",
            {"namespaceSelector": {"matchLabels": {"vitrail.ca/role": "edge"}}},
        ),
    )
    yield fault(
        "no names from the cache of the host", "needed-ways", put("NetworkPolicy/allow-dns", "spec/egress/0/to/1", GONE)
    )
    yield fault(
        "names from anywhere",
        "ways-out",
        put("NetworkPolicy/allow-dns", "spec/egress/0/to/1/ipBlock/cidr", "0.0.0.0/0"),
    )
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
