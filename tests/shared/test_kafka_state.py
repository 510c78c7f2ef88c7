import math
import socket
from contextlib import contextmanager
from threading import Thread

import pytest

from shared.broker import BrokerState, BrokerUnavailable, open_broker
from shared.kafka import address, probing
from shared.topics import Catalogue
from tests.support.tcp_proxy import TcpProxy

NOTHING = Catalogue(topics={})


def look(url: str, *, patience: float = 20.0) -> BrokerState:
    return probing.probe(address.parse(url), patience=patience)


@pytest.fixture
def proxy(kafka_url):
    ((_, port),) = address.parse(kafka_url).servers
    with TcpProxy(port) as proxy:
        yield proxy


def test_state_is_ready_when_the_cluster_answers(kafka_url):
    log = open_broker(kafka_url, catalogue=NOTHING)
    assert log.state() is BrokerState.READY
    log.close()


def test_state_is_ready_on_the_oldest_release(oldest_kafka_url):
    assert look(oldest_kafka_url) is BrokerState.READY


def test_state_is_missing_when_nobody_listens(proxy):
    proxy.refuse()
    assert look(f"kafka://127.0.0.1:{proxy.port}") is BrokerState.MISSING


def test_state_is_missing_when_nobody_knows_the_name():
    assert look("kafka://nowhere.invalid:9092") is BrokerState.MISSING


def test_state_is_slow_when_connections_are_taken_and_nothing_is_answered(proxy):
    proxy.delay(math.inf)
    assert look(f"kafka://127.0.0.1:{proxy.port}", patience=0.5) is BrokerState.SLOW


def test_state_is_ready_again_when_the_answers_come(proxy):
    proxy.delay(math.inf)
    url = f"kafka://127.0.0.1:{proxy.port}"
    first = look(url, patience=0.5)
    proxy.restore()
    assert (first, look(url)) == (BrokerState.SLOW, BrokerState.READY)


def test_state_is_ready_when_one_of_the_servers_is(proxy, kafka_url):
    proxy.refuse()
    ((_, port),) = address.parse(kafka_url).servers
    assert look(f"kafka://127.0.0.1:{proxy.port},127.0.0.1:{port}") is BrokerState.READY


@contextmanager
def answering(answer: bytes, *, times: int = 1):
    """Serve one who says the same to everything and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for _ in range(times):
                    connection.recv(1000)
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"kafka://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00", b"\x00\x00\x00\x01\x00"])
def test_state_is_missing_when_something_else_answers(answer):
    with answering(answer) as url:
        assert look(url) is BrokerState.MISSING


def test_state_is_refused_when_something_else_answers_a_log_in_with_too_little():
    with answering(b"\0\0\0\4\0\0\0\1", times=2) as url:
        assert look(url.replace("kafka://", "kafka://somebody:secret@")) is BrokerState.REFUSED


def test_state_is_refused_when_one_asks_without_tls_where_it_is_spoken(secured_kafka):
    ((_, port),) = address.parse(secured_kafka.tls_url).servers
    assert look(f"kafka://127.0.0.1:{port}") is BrokerState.REFUSED


def test_state_is_refused_when_one_asks_in_tls_where_it_is_not_spoken(secured_kafka):
    ((_, port),) = address.parse(secured_kafka.url).servers
    assert look(f"kafka://127.0.0.1:{port}?tls=1") is BrokerState.REFUSED


def test_state_is_refused_when_an_unknown_authority_vouches_for_the_server(secured_kafka):
    ((_, port),) = address.parse(secured_kafka.tls_url).servers
    assert look(f"kafka://127.0.0.1:{port}?tls=1") is BrokerState.REFUSED


def test_state_is_refused_when_one_does_not_log_in_where_one_must(secured_kafka):
    ((_, port),) = address.parse(secured_kafka.operator_url).servers
    assert look(f"kafka://127.0.0.1:{port}") is BrokerState.REFUSED


def test_state_is_refused_when_one_logs_in_where_nobody_does(secured_kafka):
    ((_, port),) = address.parse(secured_kafka.url).servers
    assert look(f"kafka://operator:password@127.0.0.1:{port}") is BrokerState.REFUSED


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_state_tells_a_right_password_from_a_wrong_one(secured_kafka, tls):
    right = secured_kafka.url_for("operator", secured_kafka.operator_password, tls=tls)
    wrong = secured_kafka.url_for("operator", "wrong", tls=tls)
    assert (look(right), look(wrong)) == (BrokerState.READY, BrokerState.REFUSED)


def test_state_knows_a_certificate_of_ours(secured_kafka):
    assert look(secured_kafka.operator_tls_url) is BrokerState.READY


def test_a_wrong_password_is_told_and_printed_nowhere(secured_kafka, caplog, capsys):
    log = open_broker(secured_kafka.url_for("operator", "s3cret-and-wrong"), catalogue=NOTHING)
    with pytest.raises(BrokerUnavailable, match="refused") as refusal:
        log.producer()
    log.close()
    printed = capsys.readouterr()
    assert "s3cret" not in f"{refusal.value!r} {refusal.value.__cause__!r} {printed.out} {printed.err} {caplog.text}"
