"""Faults of PostgreSQL, Kafka and the namespaces."""

from collections.abc import Iterator

from deploy.checks.faults.seeding import GONE, KAFKA, NAMESPACE, POSTGRES, SUBSCRIBERS, Fault, put, without


def of_platform() -> Iterator[Fault]:
    """Yield them."""
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
