"""Topics, groups and rights: those of the catalogue, of the AsyncAPI document and of what the services say and hear."""

import json
from collections.abc import Iterator
from typing import Any

from deploy.checks.code import parts
from deploy.checks.objects import Finding, Object, Objects
from deploy.checks.rendering import ROOT
from shared import topics

_ASYNCAPI = ROOT / "deploy" / "events" / "asyncapi.json"
_SUBSCRIPTIONS = "vitrail.subscriptions.v1"
_OUTSIDE = "org."


def hearings() -> dict[str, set[str]]:
    """Return each consumer group that there is, with the topics that it reads."""
    found: dict[str, set[str]] = {}
    for part in parts.services():
        service = parts.service(part)
        if service.handlers is not None:
            found[part] = set(service.topics)
        if service.exports:
            found[f"{part}.export"] = {topic for topic in parts.said_on(part) if topic == f"vitrail.{part}.v1"}
    return found


def check_topics(objects: Objects) -> Iterator[Finding]:
    """Yield topics that differ from those that the code would make."""
    from shared.kafka.administration import topic_settings

    made = {each.name: each for each in objects.of("KafkaTopic")}
    if not made:
        return
    catalogue = topics.load()
    document = json.loads(_ASYNCAPI.read_text("utf-8"))
    described = {channel["address"] for channel in document["channels"].values() if "{" not in channel["address"]}
    for name in sorted(set(made) ^ set(catalogue.topics)):
        yield Finding(name, "topics", "is not both in deploy/topics.toml and in the manifests")
    for name in sorted(set(made) ^ described):
        yield Finding(name, "topics", "is not both in the AsyncAPI document and in the manifests")
    for name, topic in catalogue.topics.items():
        if name not in made:
            continue
        spec = made[name].spec
        wanted = topic_settings(topic, copies=catalogue.replication, has_lag=True)
        given = {key: str(value) for key, value in (spec.get("config") or {}).items()}
        for key in sorted(set(wanted.items()) ^ set(given.items())):
            yield Finding(name, "topics", f"{key[0]} differs from what the code sets")
        if (spec.get("partitions"), spec.get("replicas")) != (topic.partitions, catalogue.replication.factor):
            yield Finding(name, "topics", "has another number of partitions or copies")


def check_users(objects: Objects) -> Iterator[Finding]:
    """Yield rights that a service needs and lacks, or has and does not need."""
    users = {each.name: each for each in objects.of("KafkaUser")}
    if not set(users) & set(parts.services()):
        return
    for part in parts.services():
        if part not in users:
            yield Finding(part, "kafka-rights", "has no user")
            continue
        wanted, given = set(_wanted(part)), set(_rights(users[part]))
        for right in sorted(wanted - given):
            yield Finding(f"KafkaUser/{part}", "kafka-rights", f"lacks {' '.join(right)}")
        for right in sorted(given - wanted):
            yield Finding(f"KafkaUser/{part}", "kafka-rights", f"has {' '.join(right)}, which it does not need")


def _wanted(part: str) -> Iterator[tuple[str, str, str, str]]:
    service = parts.service(part)
    said = parts.said_on(part) or {f"vitrail.{part}.v1"}
    heard = set(service.topics) if service.handlers is not None else set()
    if service.exports:
        heard |= {f"vitrail.{part}.v1", _SUBSCRIPTIONS}
        yield from (("topic", _OUTSIDE, "prefix", operation) for operation in ("Write", "Describe"))
        yield from (("group", f"{part}.", "prefix", operation) for operation in ("Read", "Describe"))
    for name in said:
        yield from (("topic", name, "literal", operation) for operation in ("Write", "Describe"))
    for name in heard:
        yield from (("topic", name, "literal", operation) for operation in ("Read", "Describe"))
    if service.handlers is not None:
        yield from (("group", part, "literal", operation) for operation in ("Read", "Describe"))


def _rights(user: Object) -> Iterator[tuple[str, str, str, str]]:
    for acl in user.find("spec", "authorization", "acls", default=[]):
        resource: dict[str, Any] = acl.get("resource", {})
        for operation in acl.get("operations", []):
            yield str(resource.get("type")), str(resource.get("name")), str(resource.get("patternType")), str(operation)


def check_scaling(objects: Objects) -> Iterator[Finding]:
    """Yield autoscalers that look at groups or topics that there are not, or go beyond the partitions."""
    catalogue, known = topics.load(), hearings()
    for scaled in objects.of("ScaledObject"):
        looked: dict[str, set[str]] = {}
        for trigger in scaled.spec.get("triggers") or []:
            about = trigger.get("metadata", {})
            looked.setdefault(str(about.get("consumerGroup")), set()).add(str(about.get("topic")))
        for group, names in looked.items():
            if known.get(group) != names:
                yield Finding(
                    str(scaled), "scaling", f"{group} reads {sorted(known.get(group, ()))}, not {sorted(names)}"
                )
            least = min((catalogue.topics[name].partitions for name in names if name in catalogue.topics), default=0)
            if scaled.spec.get("maxReplicaCount", 0) > least:
                yield Finding(str(scaled), "scaling", f"more members than the {least} partitions that they share")


def check_databases(objects: Objects) -> Iterator[Finding]:
    """Yield services without a database, and databases without a service."""
    made = objects.names("Database")
    if made:
        for name in sorted(made ^ set(parts.services())):
            yield Finding(name, "databases", "is not both a service and a Database")
