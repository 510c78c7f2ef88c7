"""Look at a cluster from outside: does it answer, is it slow, is nobody there, or does it not let us in?

By hand, because a client library tries again until its time is over, whatever the reason. The bytes are those of
Kafka's protocol guide: a request is its length, its kind, version, number, the client's name, and what it asks.
"""

import socket
import struct
import time
from typing import Final

from kafka.net.sasl import get_sasl_mechanism

from shared.broker import BrokerState
from shared.kafka.address import Address

PATIENCE_S: Final = 3.0
_METADATA, _SASL_HANDSHAKE, _API_VERSIONS, _SASL_AUTHENTICATE = 3, 17, 18, 36
_NAME: Final = b"vitrail"
_TLS_ALERT: Final = b"\x15\x03"
_LONGEST_ANSWER: Final = 10_000_000
# The best of what the servers say: any that answers will do, and a refusal tells more than silence.
_BEST_FIRST: Final = (BrokerState.READY, BrokerState.REFUSED, BrokerState.SLOW, BrokerState.MISSING)


def probe(address: Address, *, patience: float = PATIENCE_S) -> BrokerState:
    """Return what a look at the cluster's servers found, within `patience` seconds for each of them."""
    found = {_probe_server(address, host, port, deadline=time.monotonic() + patience) for host, port in address.servers}
    return next(state for state in _BEST_FIRST if state in found)


def _probe_server(address: Address, host: str, port: int, *, deadline: float) -> BrokerState:
    try:
        plain = socket.create_connection((host, port), timeout=_left(deadline))
    except OSError:
        return BrokerState.MISSING
    with plain:
        try:
            if address.encryption is None:
                return _converse(plain, address, deadline=deadline)
            plain.settimeout(_left(deadline))
            with address.encryption.wrap_socket(plain, server_hostname=host) as connection:
                return _converse(connection, address, deadline=deadline)
        except TimeoutError:
            return BrokerState.SLOW
        except OSError:
            # In the middle of TLS: the two do not trust each other, or only one of them speaks it.
            return BrokerState.REFUSED


def _converse(connection: socket.socket, address: Address, *, deadline: float) -> BrokerState:
    try:
        _ask(connection, _API_VERSIONS, version=0, deadline=deadline)
    except _TlsAlert:
        return BrokerState.REFUSED
    except (_HungUp, ConnectionError):
        # Whatever holds the port, it is no Kafka: a proxy with nothing behind it does so.
        return BrokerState.MISSING
    try:
        if address.login:
            return _log_in(connection, address, deadline=deadline)
        # Of no topic, and none to be made. A server that wants a log-in first hangs up.
        _ask(connection, _METADATA, version=4, body=struct.pack(">i?", 0, False), deadline=deadline)
    except (_HungUp, ConnectionError, struct.error):
        return BrokerState.REFUSED
    return BrokerState.READY


def _log_in(connection: socket.socket, address: Address, *, deadline: float) -> BrokerState:
    settings = address.settings()
    name = settings["sasl_mechanism"].encode()
    answer = _ask(connection, _SASL_HANDSHAKE, version=1, body=struct.pack(">h", len(name)) + name, deadline=deadline)
    if struct.unpack_from(">h", answer) != (0,):
        return BrokerState.REFUSED
    mechanism = get_sasl_mechanism(settings["sasl_mechanism"])(**settings)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        body = struct.pack(">i", len(token)) + token
        answer = _ask(connection, _SASL_AUTHENTICATE, version=0, body=body, deadline=deadline)
        error, length = struct.unpack_from(">hh", answer)
        if error != 0:
            return BrokerState.REFUSED
        try:
            mechanism.receive(answer[4 + max(length, 0) + 4 :])
        except (ValueError, KeyError):
            # It does not know the password either: somebody else stands there.
            return BrokerState.REFUSED
    return BrokerState.READY


class _HungUp(Exception):
    """The other end closed the connection, or answered in no way that Kafka does."""


class _TlsAlert(_HungUp):
    """The other end answered in TLS."""


def _ask(connection: socket.socket, kind: int, *, version: int, body: bytes = b"", deadline: float) -> bytes:
    """Send a request and return its answer, without the number."""
    message = struct.pack(">hhih", kind, version, 1, len(_NAME)) + _NAME + body
    connection.settimeout(_left(deadline))
    connection.sendall(struct.pack(">i", len(message)) + message)
    head = _receive(connection, 4, deadline=deadline)
    if head[:2] == _TLS_ALERT:
        raise _TlsAlert
    (length,) = struct.unpack(">i", head)
    if not 4 <= length <= _LONGEST_ANSWER:
        raise _HungUp
    return _receive(connection, length, deadline=deadline)[4:]


def _receive(connection: socket.socket, length: int, *, deadline: float) -> bytes:
    received = b""
    while len(received) < length:
        connection.settimeout(_left(deadline))
        part = connection.recv(length - len(received))
        if not part:
            raise _HungUp
        received += part
    return received


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.01)
