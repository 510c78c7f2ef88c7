"""PostgreSQL and Kafka: several machines, encrypted, the least rights, and nothing gone by accident."""

from collections.abc import Iterator

from deploy.checks.objects import NAME, Fields, Finding, Object, Objects, find, selects


def postgres(objects: Objects) -> Iterator[Finding]:
    """Three instances, a commit on two of them, TLS alone, and every change archived."""
    for cluster in objects.of("Cluster"):
        if cluster.find("spec", "bootstrap", "recovery"):
            # The drill: short-lived, and nobody's to rely on.
            continue
        wanted = {
            ("spec", "enableSuperuserAccess"): False,
            ("spec", "bootstrap", "initdb", "dataChecksums"): True,
            ("spec", "postgresql", "synchronous", "method"): "any",
            ("spec", "postgresql", "synchronous", "number"): 1,
            ("spec", "postgresql", "synchronous", "dataDurability"): "required",
            ("spec", "affinity", "podAntiAffinityType"): "required",
        }
        for path, value in wanted.items():
            if cluster.find(*path) != value:
                yield Finding(str(cluster), "postgres", f"{'.'.join(path)} is not {value}")
        if cluster.spec.get("instances", 0) < 3:
            yield Finding(str(cluster), "postgres", "fewer than three instances")
        if cluster.find("spec", "walStorage") is None:
            yield Finding(str(cluster), "postgres", "the write-ahead log can fill the data's disk")
        lines = [str(line).split() for line in cluster.find("spec", "postgresql", "pg_hba", default=[])]
        if [line[0] for line in lines] != ["hostssl", "hostnossl"] or lines[1][-1] != "reject":
            yield Finding(str(cluster), "postgres", "takes connections without TLS")
        if not any(plugin.get("isWALArchiver") for plugin in cluster.spec.get("plugins") or []):
            yield Finding(str(cluster), "postgres", "archives nothing")
        yield from _roles(cluster, objects)


def _roles(cluster: Object, objects: Objects) -> Iterator[Finding]:
    roles = {role.get("name"): role for role in cluster.find("spec", "managed", "roles", default=[])}
    for name, role in roles.items():
        if any(role.get(right) for right in ("superuser", "createdb", "createrole", "bypassrls", "replication")):
            yield Finding(str(cluster), "postgres-roles", f"{name} may do more than its database's work")
        if not role.get("passwordSecret"):
            yield Finding(str(cluster), "postgres-roles", f"{name} has no password")
    for database in objects.of("Database"):
        if database.spec.get("databaseReclaimPolicy") != "retain":
            yield Finding(str(database), "kept", "is dropped with its object")
        if database.spec.get("owner") != f"{database.name}_owner":
            yield Finding(str(database), "postgres-roles", "is not owned by its own owner")
        for name in (f"{database.name}_owner", f"{database.name}_app"):
            if name not in roles:
                yield Finding(str(database), "postgres-roles", f"the cluster has no role {name}")


def reached(objects: Objects) -> Iterator[Finding]:
    """Every service reaches its database, and nobody else of its namespace does."""
    databases = objects.names("Database")
    for policy in objects.of("NetworkPolicy"):
        if policy.find("spec", "podSelector", "matchLabels", "cnpg.io/cluster") is None:
            continue
        let_in = [
            peer.get("podSelector")
            for rule in policy.spec.get("ingress") or []
            for peer in rule.get("from") or []
            if find(peer, "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name") == "vitrail"
        ]
        for name in sorted({*databases, "gateway", "portal"}):
            is_let_in = any(selects(selector if selector is not None else {}, {NAME: name}) for selector in let_in)
            if is_let_in is not (name in databases):
                yield Finding(str(policy), "postgres-reach", f"{name} is {'let in' if is_let_in else 'kept out'}")


def backups(objects: Objects) -> Iterator[Finding]:
    """Once a day, kept for 35 days, by the plugin that archives."""
    for cluster in objects.of("Cluster"):
        if cluster.find("spec", "bootstrap", "recovery"):
            continue
        daily = [each for each in objects.of("ScheduledBackup") if each.find("spec", "cluster", "name") == cluster.name]
        if not daily or any(each.spec.get("method") != "plugin" for each in daily):
            yield Finding(str(cluster), "backups", "no daily backup by the plugin")
        stores = {plugin.get("parameters", {}).get("barmanObjectName") for plugin in cluster.spec.get("plugins") or []}
        for name in stores:
            store = objects.get("ObjectStore", str(name))
            if store is None or store.spec.get("retentionPolicy") != "35d":
                yield Finding(str(cluster), "backups", f"the store {name} does not keep 35 days")


def kafka(objects: Objects) -> Iterator[Finding]:
    """Three copies, two before a record counts as written, and nobody unknown."""
    for cluster in objects.of("Kafka"):
        config = cluster.find("spec", "kafka", "config", default={})
        wanted = {
            "auto.create.topics.enable": False,
            "default.replication.factor": 3,
            "min.insync.replicas": 2,
            "offsets.topic.replication.factor": 3,
        }
        for key, value in wanted.items():
            if config.get(key) != value:
                yield Finding(str(cluster), "kafka", f"{key} is not {value}")
        if cluster.find("spec", "kafka", "authorization", "type") != "simple":
            yield Finding(str(cluster), "kafka", "asks nobody what they may")
        yield from _listeners(cluster)
    for pool in objects.of("KafkaNodePool"):
        if pool.spec.get("replicas", 0) < 3:
            yield Finding(str(pool), "kafka", "fewer than three nodes")
        for volume in pool.find("spec", "storage", "volumes", default=[]):
            if volume.get("deleteClaim") is not False:
                yield Finding(str(pool), "kept", "its disks go with it")


def _listeners(cluster: Object) -> Iterator[Finding]:
    for listener in cluster.find("spec", "kafka", "listeners", default=[]):
        if listener.get("tls") is not True:
            yield Finding(str(cluster), "kafka", f"the listener {listener.get('name')} speaks without TLS")
        if not find(listener, "authentication", "type"):
            yield Finding(str(cluster), "kafka", f"the listener {listener.get('name')} asks nobody who they are")
        if not listener.get("networkPolicyPeers"):
            yield Finding(str(cluster), "kafka", f"the listener {listener.get('name')} is open to everybody")


def subscribers(objects: Objects) -> Iterator[Finding]:
    """Who reads from outside: topics by their full names, reading alone, groups of their own, within bounds."""
    for user in objects.of("KafkaUser"):
        if user.find("spec", "authentication", "type") is None:
            yield Finding(str(user), "kafka-users", "has no way to say who they are")
        if not user.name.startswith("sub-"):
            continue
        for acl in user.find("spec", "authorization", "acls", default=[]):
            yield from _right(user, acl.get("resource", {}), set(acl.get("operations", [])))
        quotas = user.spec.get("quotas") or {}
        for key in ("consumerByteRate", "producerByteRate", "requestPercentage"):
            if not quotas.get(key):
                yield Finding(str(user), "subscribers", f"no bound {key}")


def _right(user: Object, resource: Fields, operations: set[str]) -> Iterator[Finding]:
    name = str(resource.get("name"))
    if resource.get("type") == "topic":
        if resource.get("patternType") != "literal" or "*" in name:
            yield Finding(str(user), "subscribers", f"reads topics by a pattern, {name}")
        elif not name.startswith("org.") or name.split(".")[-2] != user.name.removeprefix("sub-"):
            yield Finding(str(user), "subscribers", f"reads {name}, which is not theirs")
        if operations - {"Read", "Describe"}:
            yield Finding(str(user), "subscribers", f"does more than read {name}")
    elif resource.get("type") != "group":
        yield Finding(str(user), "subscribers", f"has rights on a {resource.get('type')}")
    elif name != f"{user.name}." or operations != {"Read"}:
        yield Finding(str(user), "subscribers", "has groups that are not of their own name")


def namespaces(objects: Objects) -> Iterator[Finding]:
    """Ours take no pod that the restricted standard refuses, and have bounds."""
    for namespace in objects.of("Namespace"):
        if namespace.labels.get("vitrail.ca/role") == "edge":
            continue
        for mode in ("enforce", "audit", "warn"):
            if namespace.labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield Finding(str(namespace), "namespaces", f"{mode} is not restricted")
    if objects.of("Namespace"):
        for kind in ("ResourceQuota", "LimitRange"):
            if not objects.of(kind):
                yield Finding("Namespace", "namespaces", f"no {kind}")


RULES = (postgres, reached, backups, kafka, subscribers, namespaces)
