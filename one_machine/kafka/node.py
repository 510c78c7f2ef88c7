"""One node of Apache Kafka on loopback: started, stopped, killed, and started again where it was."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from one_machine import config
from one_machine.kafka import certificates, jars, settings
from one_machine.kafka.jars import NoKafka
from one_machine.kafka.programs import Program
from one_machine.kafka.releases import RELEASES, Release

START_TIMEOUT_S = 90.0

# Half of the heap that Kafka takes by default, and compiled quickly rather than well: a node lives for minutes.
_QUICK = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"]
_ARCHIVE = "classes.jsa"
_READY = re.compile(rb"Kafka Server started|Kafka Server \d+\], started")
_ZOOKEEPER_READY = re.compile(rb"binding to port")
# ZooKeeper remembers a killed broker until its session is over, and refuses its successor until then.
_TOO_EARLY = re.compile(rb"already registered")

# Below the ports that the system gives to outgoing connections: one of those could take a killed node's port.
_PORTS = range(16_000, 32_000)

_pause = threading.Event()


class Node:
    """A broker with its data in a folder; a context manager that starts and stops it.

    `url` is where clients come in without a name. A secured node grants them nothing; its `operator_url` and
    `operator_tls_url` may do everything, and `url_for` is for users that a test makes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        version: str = "newest",
        secured: bool = False,
        port: int | None = None,
        advertised_port: int | None = None,
        extra: Mapping[str, str] | None = None,
        java_options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a node; nothing runs yet.

        In:
            version: `newest` or `oldest`; the oldest cannot be secured.
            port: where clients come in; a free one without it. It stays the node's.
            advertised_port: where it tells its clients to come in: the port of a proxy before it.
            extra: settings of the broker that go before ours.
            java_options: for the broker's Java, after ours.
            environment: says where caches and Java are; without it, that of `make run`.

        Raises:
            NoKafka: Java or the jars are missing; the text says how to get them.
        """
        self._release = RELEASES[version]
        if secured and self._release.has_zookeeper:
            raise ValueError("only the newest release is run secured")
        given = config.given() if environment is None else environment
        self._java = jars.java(environment=given)
        self._jars = jars.find(self._release, environment=given)
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        first, *others = free_ports(6)
        self._ports = settings.Ports(port or first, *others)
        self._advertised_port = advertised_port or self._ports.clients
        self.certificates = (
            certificates.make(self.folder / "certificates", client=settings.OPERATOR) if secured else None
        )
        self._extra = dict(extra or {})
        self._java_options = java_options
        self._broker: Program | None = None
        self._zookeeper: Program | None = None

    @property
    def version(self) -> str:
        """Kafka's version."""
        return self._release.version

    @property
    def port(self) -> int:
        """The port that it listens on for clients without a name; a proxy's target."""
        return self._ports.clients

    @property
    def pid(self) -> int:
        """The broker's process id; it must be running."""
        assert self._broker is not None
        return self._broker.pid

    def is_running(self) -> bool:
        """Tell whether it was started and neither stopped nor killed since."""
        return self._broker is not None

    @property
    def log(self) -> Path:
        """What the broker says."""
        return self.folder / "kafka.log"

    @property
    def url(self) -> str:
        """The address for clients without a name: the advertised port."""
        return settings.address(self._advertised_port)

    @property
    def operator_password(self) -> str:
        """What the one who may do everything says to SCRAM; the name is `operator`."""
        return settings.OPERATOR_PASSWORD

    @property
    def operator_url(self) -> str:
        """The address for the one who may do everything, by SCRAM."""
        return self.url_for(settings.OPERATOR, self.operator_password)

    @property
    def operator_tls_url(self) -> str:
        """The same by TLS with a client's certificate and no password."""
        files = self._certificates()
        return settings.address(
            self._ports.tls,
            tls="1",
            ca=str(files.authority),
            certificate=str(files.client),
            key=str(files.client_key),
        )

    @property
    def tls_url(self) -> str:
        """The address by TLS for clients without a name."""
        return settings.address(self._ports.tls, tls="1", ca=str(self._certificates().authority))

    def url_for(self, user: str, password: str, *, tls: bool = False) -> str:
        """Return the address for a user of SCRAM, by TLS or without."""
        if not tls:
            self._certificates()
            return settings.address(self._ports.sasl, user=user, password=password)
        return settings.address(
            self._ports.sasl_tls, user=user, password=password, tls="1", ca=str(self._certificates().authority)
        )

    def start(self, *, is_kept: bool = True) -> None:
        """Start it and return when it takes clients.

        In:
            is_kept: it ends with this process, however that ends; otherwise it goes on without it.

        Raises:
            NoKafka: it did not start; the text ends with what it said.
        """
        assert self._broker is None, "the node runs already"
        deadline = time.monotonic() + START_TIMEOUT_S
        try:
            self._configure()
            if self._release.has_zookeeper and self._zookeeper is None:
                self._zookeeper = self._program("zookeeper", is_kept=is_kept)
                self._zookeeper.wait_until(_ZOOKEEPER_READY, deadline=deadline)
            while not self._is_accepted(is_kept=is_kept, deadline=deadline):
                _pause.wait(0.2)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it in order (SIGTERM), or by force when that takes too long; a stopped one stays stopped."""
        for program in (self._broker, self._zookeeper):
            if program is not None:
                program.stop()
        self._broker = self._zookeeper = None

    def kill(self) -> None:
        """End the broker as a machine that loses its power would (SIGKILL); `start` goes on with its data.

        The ZooKeeper of an old release is another machine's matter and goes on.
        """
        assert self._broker is not None, "the node does not run"
        self._broker.kill()
        self._broker = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _certificates(self) -> certificates.Certificates:
        assert self.certificates is not None, "the node is not secured"
        return self.certificates

    def _is_accepted(self, *, is_kept: bool, deadline: float) -> bool:
        """Start the broker; tell whether it is ready, or was refused because it came back too early."""
        self._broker = self._program("kafka", is_kept=is_kept)
        try:
            self._broker.wait_until(_READY, deadline=deadline)
        except NoKafka:
            if not self._broker.said(_TOO_EARLY):
                raise
            self._broker.kill()
            return False
        return True

    def _configure(self) -> None:
        data = self.folder / "data"
        if self._release.has_zookeeper:
            itself = settings.of_zookeeper_itself(self.folder / "zookeeper", port=self._ports.metadata)
            self._write("zookeeper", itself)
            mine = settings.of_zookeeper(data, ports=self._ports, advertised_port=self._advertised_port)
        else:
            mine = settings.of_kraft(
                data, ports=self._ports, advertised_port=self._advertised_port, certificates=self.certificates
            )
        self._write("kafka", mine | self._extra)
        if not self._release.has_zookeeper and not (data / "meta.properties").exists():
            self._format()

    def _write(self, name: str, values: dict[str, str]) -> None:
        file = self.folder / f"{name}.properties"
        file.touch(mode=0o600)
        file.write_text(settings.written(values), encoding="utf-8")

    def _format(self) -> None:
        words = ["format", "--cluster-id", settings.CLUSTER_ID, "--config", str(self.folder / "kafka.properties")]
        if self.certificates is not None:
            who = f"name={settings.OPERATOR},password={settings.OPERATOR_PASSWORD}"
            words += ["--add-scram", f"SCRAM-SHA-512=[{who}]", "--add-scram", f"SCRAM-SHA-256=[{who}]"]
        made = subprocess.run(
            self._command("kafka.tools.StorageTool", *words),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
        )
        if made.returncode != 0:
            raise NoKafka(f"Kafka's folder could not be made: {(made.stderr or made.stdout).strip()}")

    def _command(self, main: str, *words: str, options: Sequence[str] = ()) -> list[str]:
        archive = self._jars / _ARCHIVE
        shared = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        path = os.pathsep.join(map(str, sorted(self._jars.glob("*.jar"))))
        return [str(self._java), *_QUICK, *shared, *self._release.java_options, *options, "-cp", path, main, *words]

    def _program(self, name: str, *, is_kept: bool) -> "Program":
        properties = str(self.folder / f"{name}.properties")
        if name == "kafka":
            command = self._command("kafka.Kafka", properties, options=self._java_options)
        else:
            command = self._command("org.apache.zookeeper.server.quorum.QuorumPeerMain", properties)
        return Program.start(name, command, folder=self.folder, is_kept=is_kept)


def archive_classes(release: Release, *, environment: Mapping[str, str]) -> None:
    """Make later starts of a release quicker by a second: one start and stop that keeps its parsed classes."""
    kept = jars.find(release, environment=environment)
    if release.has_zookeeper or (kept / _ARCHIVE).exists():
        return
    with tempfile.TemporaryDirectory(prefix="vitrail-kafka-") as folder:
        archive = Path(folder) / _ARCHIVE
        noting = [f"-XX:ArchiveClassesAtExit={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        with Node(Path(folder) / "node", version=release.name, java_options=noting, environment=environment):
            pass
        if not archive.exists():
            # A busy machine had to end it by force: starts are slower by a second, and the next fetch tries again.
            return
        # Complete or not at all, as the jars beside it.
        partial = Path(shutil.copy(archive, kept / f"{_ARCHIVE}.{os.getpid()}"))
        partial.replace(kept / _ARCHIVE)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now and that the system gives to nobody."""
    found: list[int] = []
    while len(found) < count:
        # By chance, and no test's seed: two runs side by side must not try the same ports.
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found
