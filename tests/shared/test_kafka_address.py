import ssl
import sys
from urllib.parse import quote

import pytest

from shared.broker import UnsuitableBroker, open_broker
from shared.kafka import KafkaLog, address
from shared.kafka.administration import Administration
from tests.support.events import CATALOGUE

PASSWORD = "s3cret:/?#@é%"
ENCODED = quote(PASSWORD, safe="")


@pytest.fixture
def certificate(tmp_path):
    from one_machine.kafka import certificates

    return certificates.make(tmp_path / "certificates", client="example")


def test_parse_reads_servers_and_nothing_else():
    found = address.parse("kafka://one.example:9092,127.0.0.1:9093,[::1]:9094")
    assert found.servers == (("one.example", 9092), ("127.0.0.1", 9093), ("::1", 9094))
    assert found.settings() == {
        "bootstrap_servers": ["one.example:9092", "127.0.0.1:9093", "[::1]:9094"],
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }


@pytest.mark.parametrize(
    ("options", "mechanism"),
    [("", "SCRAM-SHA-512"), ("?sasl=scram-sha-256", "SCRAM-SHA-256"), ("?sasl=plain&tls=1", "PLAIN")],
)
def test_parse_reads_who_logs_in_and_how(options, mechanism):
    settings = address.parse(f"kafka://re%40der:{ENCODED}@k:1{options}").settings()
    assert settings["sasl_plain_username"] == "re@der"
    assert settings["sasl_plain_password"] == PASSWORD
    assert settings["sasl_mechanism"] == mechanism
    assert settings["security_protocol"].startswith("SASL_")


def test_parse_asks_for_certificates_that_name_the_server(certificate):
    found = address.parse(
        f"kafka://k:1?tls=1&ca={certificate.authority}&certificate={certificate.client}&key={certificate.client_key}"
    )
    assert found.settings()["security_protocol"] == "SSL"
    assert found.encryption.verify_mode is ssl.CERT_REQUIRED
    assert found.encryption.check_hostname
    assert found.encryption.minimum_version >= ssl.TLSVersion.TLSv1_2
    # That authority and no other.
    assert len(found.encryption.get_ca_certs()) == 1


def test_parse_reads_how_many_copies_a_small_cluster_keeps():
    assert address.parse("kafka://k:1?replication=2").replication == 2
    assert address.parse("kafka://k:1").replication is None


BAD = [
    ("kafka://", "host:port"),
    ("kafka://k", "host:port"),
    ("kafka://k:0", "host:port"),
    ("kafka://k:65536", "host:port"),
    ("kafka://k:1,", "host:port"),
    ("kafka://k:1;l:2", "host:port"),
    ("kafka://a b:1", "host:port"),
    (f"kafka://u:{PASSWORD}@k:1", "host:port|option|percent-encoded"),
    ("kafka://k:1?acks=0", "the options of a Kafka address are tls"),
    ("kafka://k:1?tls=1&tls=1", "each once"),
    ("kafka://k:1?tls", "option=value"),
    ("kafka://k:1?tls=yes", "tls of a Kafka address is 1 or 0"),
    ("kafka://k:1?ca=/x.pem", "need tls=1"),
    ("kafka://k:1?tls=1&key=/x.pem", "needs the certificate"),
    ("kafka://k:1?tls=1&ca=/nowhere.pem", "holds no certificate"),
    (f"kafka://k:1?tls=1&ca={__file__}", "holds no certificate"),
    ("kafka://k:1?tls=1&certificate=/nowhere.pem", "do not fit together"),
    ("kafka://k:1?sasl=plain", "needs user:password@"),
    ("kafka://user@k:1", "user:password@"),
    (f"kafka://:{ENCODED}@k:1", "user:password@"),
    ("kafka://user:@k:1", "user:password@"),
    (f"kafka://u:{ENCODED}@k:1?sasl=gssapi", "is one of scram-sha-512"),
    (f"kafka://u:{ENCODED}@k:1?sasl=plain", "needs tls=1"),
    ("kafka://u:s3cret%FF@k:1", "percent-encoded UTF-8"),
    ("kafka://k:1?replication=0", "replication"),
    ("kafka://k:1?replication=many", "replication"),
]


@pytest.mark.parametrize(("url", "says"), BAD)
def test_open_broker_says_what_is_wrong_with_an_address_and_shows_none_of_it(url, says):
    with pytest.raises(UnsuitableBroker, match=says) as refusal:
        open_broker(url, catalogue=CATALOGUE)
    assert "s3cret" not in str(refusal.value)


def test_nothing_that_is_printed_shows_who_logs_in(clock):
    url = f"kafka://reader:{ENCODED}@127.0.0.1:1"
    log = KafkaLog(url, catalogue=CATALOGUE, clock=clock)
    parsed = address.parse(url)
    printed = f"{log!r} {log._clients!r} {log._administration!r} {parsed!r} {parsed.login!r}"
    log.close()
    assert isinstance(log._administration, Administration)
    assert not any(secret in printed for secret in (PASSWORD, ENCODED, "s3cret", "reader"))


@pytest.mark.parametrize("missing", ["kafka", "lz4", "crc32c"])
def test_open_broker_names_the_extra_that_is_not_installed(monkeypatch, missing):
    for name in [name for name in sys.modules if name == "shared.kafka" or name.startswith("shared.kafka.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UnsuitableBroker, match=r"vitrail\[kafka\]"):
        open_broker("kafka://127.0.0.1:9092", catalogue=CATALOGUE)
