from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.errors import KafkaError

from one_machine.kafka.node import Node

ONE_PARTITION = {"num_partitions": 1, "replication_factor": 1}


def told(url: str, **rest: Any) -> dict[str, Any]:
    """What kafka-python is told for an address of the node: the door's own reading of it has tests of its own."""
    parts = urlsplit(url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    protocol = f"{'SASL_' if parts.username else ''}{'SSL' if options.get('tls') else 'PLAINTEXT'}"
    given: dict[str, Any] = {"bootstrap_servers": f"{parts.hostname}:{parts.port}", "security_protocol": protocol}
    files = {"ca": "ssl_cafile", "certificate": "ssl_certfile", "key": "ssl_keyfile"}
    given |= {files[name]: value for name, value in options.items() if name in files}
    if parts.username:
        given |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": unquote(parts.username),
            "sasl_plain_password": unquote(parts.password or ""),
        }
    return given | rest


def make_topic(url: str, name: str) -> int:
    admin = KafkaAdminClient(**told(url, bootstrap_timeout_ms=8_000))
    try:
        answer = admin.create_topics({name: ONE_PARTITION}, raise_errors=False)
    finally:
        admin.close()
    code: int = answer["topics"][0]["error_code"]
    return code


@pytest.mark.parametrize("way", ["operator_url", "operator_tls_url", "scram by tls"])
def test_secured_node_lets_its_operator_do_everything(secured_kafka: Node, way: str) -> None:
    urls = {
        "operator_url": secured_kafka.operator_url,
        "operator_tls_url": secured_kafka.operator_tls_url,
        "scram by tls": secured_kafka.url_for("operator", secured_kafka.operator_password, tls=True),
    }
    assert make_topic(urls[way], f"made-by-{way.replace(' ', '-')}") == 0


@pytest.mark.parametrize("way", ["url", "tls_url"])
def test_secured_node_grants_nothing_to_nobody(secured_kafka: Node, way: str) -> None:
    assert make_topic(getattr(secured_kafka, way), "never") in {29, 31}  # topic or cluster authorization failed


def test_secured_node_refuses_a_wrong_password(secured_kafka: Node) -> None:
    with pytest.raises(KafkaError):
        make_topic(secured_kafka.url_for("operator", "wrong"), "never")


def test_secured_node_grants_what_a_rule_says(secured_kafka: Node) -> None:
    operator = KafkaAdminClient(**told(secured_kafka.operator_url))
    operator.create_topics({"shown": ONE_PARTITION})
    rule = ACL(
        "User:ANONYMOUS",
        "*",
        ACLOperation.DESCRIBE,
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType.TOPIC, "shown"),
    )
    operator.create_acls([rule])
    operator.close()
    nobody = KafkaAdminClient(**told(secured_kafka.url))
    assert nobody.list_topics() == ["shown"]
    nobody.close()
