"""The address of a Kafka cluster: `kafka://[user:password@]host:port[,host:port…][?option=value&…]`.

| option | |
|---|---|
| `tls=1` | speak TLS, with the machine's list of authorities |
| `ca=/path.pem` | believe this authority alone |
| `certificate=/path.pem`, `key=/path.pem` | show this certificate (mutual TLS) |
| `sasl=…` | `scram-sha-512` (the default with a user), `scram-sha-256`, or `plain`, which needs TLS |
| `replication=1` | make topics with so many copies, whatever the catalogue says: a cluster of one machine |

User and password are percent-encoded. Neither is ever logged or printed.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from shared.broker import UnsuitableBroker

OPTIONS: Final = ("tls", "ca", "certificate", "key", "sasl", "replication")
MECHANISMS: Final = {"scram-sha-512": "SCRAM-SHA-512", "scram-sha-256": "SCRAM-SHA-256", "plain": "PLAIN"}
# A name or an IPv4 address, or an IPv6 one in brackets.
_SERVER = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who we say that we are, and by which of SASL's mechanisms."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    mechanism: str


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a cluster is and how it lets us in."""

    servers: tuple[tuple[str, int], ...]
    login: Login | None = None
    encryption: ssl.SSLContext | None = None
    replication: int | None = None

    def settings(self) -> dict[str, Any]:
        """Return what kafka-python needs to know of it; holds the password."""
        protocol = ("SASL_" if self.login else "") + ("SSL" if self.encryption else "PLAINTEXT")
        settings: dict[str, Any] = {
            "bootstrap_servers": [
                f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers
            ],
            "security_protocol": protocol,
            "ssl_context": self.encryption,
        }
        if self.login:
            settings["sasl_mechanism"] = self.login.mechanism
            settings["sasl_plain_username"] = self.login.user
            settings["sasl_plain_password"] = self.login.password
        return settings


def parse(url: str) -> Address:
    """Read an address.

    Raises:
        UnsuitableBroker: it has another form, or a file that it names cannot be used. The text shows none of its values.
    """
    place, _, query = url.removeprefix("kafka://").partition("?")
    credentials, at, servers = place.rstrip("/").rpartition("@")
    options = _options(query)
    encryption = _encryption(options)
    return Address(
        servers=_servers(servers),
        login=_login(credentials if at else None, options, is_encrypted=encryption is not None),
        encryption=encryption,
        replication=_replication(options.get("replication")),
    )


def _options(query: str) -> dict[str, str]:
    try:
        # The path of a file may hold a plus sign; nobody means a blank by it.
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise UnsuitableBroker("the options of a Kafka address are written ?option=value&option=value") from None
    options = dict(pairs)
    if len(options) != len(pairs) or options.keys() - set(OPTIONS):
        raise UnsuitableBroker(f"the options of a Kafka address are {', '.join(OPTIONS)}, each once")
    return options


def _servers(text: str) -> tuple[tuple[str, int], ...]:
    found = [_SERVER.fullmatch(server) for server in text.split(",")]
    servers = tuple((each["host"].strip("[]"), int(each["port"])) for each in found if each)
    if len(servers) != len(found) or not all(0 < port < 65536 for _, port in servers):
        raise UnsuitableBroker(
            "a Kafka address names its servers as host:port[,host:port…]; user and password are percent-encoded"
        )
    return servers


def _encryption(options: Mapping[str, str]) -> ssl.SSLContext | None:
    if options.get("tls", "0") not in ("0", "1"):
        raise UnsuitableBroker("the option tls of a Kafka address is 1 or 0")
    if options.get("tls") != "1":
        if options.keys() & {"ca", "certificate", "key"}:
            raise UnsuitableBroker("the options ca, certificate and key of a Kafka address need tls=1")
        return None
    if ("key" in options) > ("certificate" in options):
        raise UnsuitableBroker("the option key of a Kafka address needs the certificate that it belongs to")
    try:
        context = ssl.create_default_context(cafile=options.get("ca"))
    except (OSError, ssl.SSLError) as fault:
        raise UnsuitableBroker("the file of the option ca of a Kafka address holds no certificate") from fault
    if "certificate" in options:
        try:
            # A key under a passphrase would make OpenSSL ask for it on the terminal: an empty one is refused instead.
            context.load_cert_chain(options["certificate"], options.get("key"), password="")
        except (OSError, ssl.SSLError) as fault:
            raise UnsuitableBroker(
                "the files of the options certificate and key of a Kafka address do not fit together, or cannot be read"
            ) from fault
    return context


def _login(credentials: str | None, options: Mapping[str, str], *, is_encrypted: bool) -> Login | None:
    if credentials is None:
        if "sasl" in options:
            raise UnsuitableBroker("the option sasl of a Kafka address needs user:password@ before the servers")
        return None
    user, colon, password = credentials.partition(":")
    mechanism = options.get("sasl", "scram-sha-512")
    if not user or not colon or not password:
        raise UnsuitableBroker("a Kafka address names whom to log in as user:password@, percent-encoded")
    if mechanism not in MECHANISMS:
        raise UnsuitableBroker(f"the option sasl of a Kafka address is one of {', '.join(MECHANISMS)}")
    if mechanism == "plain" and not is_encrypted:
        raise UnsuitableBroker("sasl=plain sends the password as it is: it needs tls=1")
    return Login(user=_decode(user), password=_decode(password), mechanism=MECHANISMS[mechanism])


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise UnsuitableBroker("user and password of a Kafka address are percent-encoded UTF-8") from None


def _replication(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]?", text):
        raise UnsuitableBroker("the option replication of a Kafka address is a number from 1 on")
    return int(text)
