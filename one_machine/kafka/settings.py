"""The broker's settings: one node, on loopback, quick to start and to notice who left."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from one_machine.kafka.certificates import Certificates

CLUSTER_ID = "VitrailOneMachineKafkA"
OPERATOR = "operator"
# With everything that an address must write with percent signs.
OPERATOR_PASSWORD = "op@rator/1:secret?#%"
CONTROLLER_PASSWORD = "between-broker-and-controller"

# One node keeps one copy of everything, and a group of one machine has little to remember.
_ONE_COPY = {
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A killed member is missed soon where a test wants it so; the client's own setting stays the default.
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


@dataclass(frozen=True)
class Ports:
    """Where the node listens, on loopback; `metadata` is the controller's or ZooKeeper's."""

    clients: int
    internal: int
    metadata: int
    sasl: int
    tls: int
    sasl_tls: int


def of_kraft(data: Path, *, ports: Ports, advertised_port: int, certificates: Certificates | None) -> dict[str, str]:
    """Return the settings of a node that is its own controller; with `certificates` it asks who comes."""
    listeners = {"CLIENTS": ("PLAINTEXT", ports.clients), "CONTROLLER": ("PLAINTEXT", ports.metadata)}
    if certificates is None:
        listeners["INTERNAL"] = ("PLAINTEXT", ports.internal)
    else:
        listeners["CONTROLLER"] = ("SASL_PLAINTEXT", ports.metadata)
        listeners["SASL"] = ("SASL_PLAINTEXT", ports.sasl)
        listeners["TLS"] = ("SSL", ports.tls)
        listeners["SASL_TLS"] = ("SASL_SSL", ports.sasl_tls)
    settings = _ONE_COPY | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports.metadata}",
        "controller.listener.names": "CONTROLLER",
        "listeners": _listed(listeners),
        "advertised.listeners": _listed(
            {name: place for name, place in listeners.items() if name != "CONTROLLER"}
            | {"CLIENTS": ("PLAINTEXT", advertised_port)}
        ),
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, (kind, _) in listeners.items()),
        "inter.broker.listener.name": "INTERNAL" if certificates is None else "SASL",
        "log.dirs": str(data),
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # A killed broker may come back once its old session is over: by default that takes nine seconds.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "300",
    }
    return settings if certificates is None else settings | _secured(certificates)


def of_zookeeper(data: Path, *, ports: Ports, advertised_port: int) -> dict[str, str]:
    """Return the settings of a broker that keeps its metadata in ZooKeeper."""
    listeners = {"CLIENTS": ("PLAINTEXT", ports.clients), "INTERNAL": ("PLAINTEXT", ports.internal)}
    return _ONE_COPY | {
        "broker.id": "1",
        # The default came with 1.0.
        "delete.topic.enable": "true",
        "zookeeper.connect": f"127.0.0.1:{ports.metadata}",
        "zookeeper.session.timeout.ms": "2000",
        "listeners": _listed(listeners),
        "advertised.listeners": _listed(listeners | {"CLIENTS": ("PLAINTEXT", advertised_port)}),
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,INTERNAL:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "log.dirs": str(data),
    }


def of_zookeeper_itself(data: Path, *, port: int) -> dict[str, str]:
    """Return the settings of the ZooKeeper beside such a broker."""
    return {
        "dataDir": str(data),
        "clientPort": str(port),
        "clientPortAddress": "127.0.0.1",
        "maxClientCnxns": "0",
        # A session may be as short as two ticks.
        "tickTime": "500",
    }


def written(settings: dict[str, str]) -> str:
    """Return the text of a properties file."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def address(port: int, *, user: str | None = None, password: str = "", **options: str) -> str:
    """Return the `kafka://` address of a port on this machine; one node can keep one copy of a topic."""
    who = "" if user is None else f"{quote(user, safe='')}:{quote(password, safe='')}@"
    asked = "".join(f"&{name}={quote(value)}" for name, value in options.items())
    return f"kafka://{who}127.0.0.1:{port}?replication=1{asked}"


def _listed(listeners: dict[str, tuple[str, int]]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, (_, port) in listeners.items())


def _secured(certificates: Certificates) -> dict[str, str]:
    module = "org.apache.kafka.common.security"
    scram = f'{module}.scram.ScramLoginModule required username="{OPERATOR}" password="{OPERATOR_PASSWORD}";'
    plain = (
        f'{module}.plain.PlainLoginModule required username="controller" password="{CONTROLLER_PASSWORD}" '
        f'user_controller="{CONTROLLER_PASSWORD}";'
    )
    return {
        # Nobody may do anything unless a rule allows it, but for these.
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:controller;User:{OPERATOR};User:CN={OPERATOR}",
        # Between broker and controller: SCRAM's own secrets lie behind the controller, so it cannot be asked for there.
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
        **{
            f"listener.name.{listener}.scram-sha-{bits}.sasl.jaas.config": scram
            for listener in ("sasl", "sasl_tls")
            for bits in (256, 512)
        },
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.authority),
        # Who shows a certificate is known by it, who shows none is anonymous: then the rules decide.
        "listener.name.tls.ssl.client.auth": "requested",
    }


def _escaped(value: str) -> str:
    # The one form of a properties file that every Java reads alike.
    return "".join(
        "\\\\" if letter == "\\" else letter if letter.isascii() else f"\\u{ord(letter):04x}" for letter in value
    )
