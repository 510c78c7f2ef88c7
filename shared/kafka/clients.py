"""Make kafka-python's clients, all with the same way to the cluster and the same patience."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
from kafka.net.compat import KafkaNetClient

from shared import logs
from shared.broker import BrokerUnavailable
from shared.kafka import probing
from shared.kafka.address import Address
from shared.kafka.faults import telling_unavailable

log = logs.get(__name__)

# How long a new client looks for the cluster.
BOOTSTRAP_TIMEOUT_S: Final = 5.0
# How long one request may take before its connection counts as broken.
REQUEST_TIMEOUT_S: Final = 5.0

_LOOK_S: Final = 1.0

_ALL: Final[dict[str, Any]] = {
    "client_id": "vitrail",
    "bootstrap_timeout_ms": int(BOOTSTRAP_TIMEOUT_S * 1000),
    "request_timeout_ms": int(REQUEST_TIMEOUT_S * 1000),
    "reconnect_backoff_ms": 50,
    # The library would wait up to half a minute; a cluster that is back is to be found within a second.
    "reconnect_backoff_max_ms": 500,
}

Client = TypeVar("Client")


class Clients:
    """Makes clients of one cluster."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._settings = {**_ALL, **address.settings()}

    def producer(self, **settings: Any) -> KafkaProducer:
        """Return a new producer; raises BrokerUnavailable, as the others do."""
        return self._make(KafkaProducer, allow_auto_create_topics=False, metrics_enabled=False, **settings)

    def consumer(self, **settings: Any) -> KafkaConsumer:
        """Return a new consumer."""
        return self._make(
            KafkaConsumer,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # A new consumer sleeps so long, twice, before its first fetch, and again whenever it has nothing to wait for.
            retry_backoff_ms=20,
            **settings,
        )

    def admin(self, **settings: Any) -> KafkaAdminClient:
        """Return a new client for what concerns topics and groups."""
        return self._make(KafkaAdminClient, **settings)

    def _make(self, kind: Callable[..., Client], **settings: Any) -> Client:
        with telling_unavailable():
            try:
                return self._connect(kind, {**self._settings, **settings})
            except errors.KafkaTimeoutError as fault:
                # The library does not say why it found nothing; a wrong password is to it a broken connection.
                state = probing.probe(self._address, patience=_LOOK_S)
                log.warning("kafka_not_reached", state=state.value)
                raise BrokerUnavailable(f"no cluster could be reached: it is {state.value}") from fault

    def _connect(self, kind: Callable[..., Client], settings: dict[str, Any]) -> Client:
        connections: list[KafkaNetClient] = []

        def connect(**its_settings: Any) -> KafkaNetClient:
            connections.append(KafkaNetClient(**its_settings))
            return connections[0]

        try:
            return kind(kafka_client=connect, **settings)
        except BaseException:
            # A client that found no cluster leaves its sockets open and its thread running.
            for each in connections:
                each.close()
            raise
