"""The releases of Apache Kafka that we hold ourselves to: the newest, and the oldest that can carry our events."""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Release:
    """A release: the folder with its `pom.xml`, and what its Java is told.

    Before KRaft a broker kept its metadata in ZooKeeper, which then runs beside it.
    """

    name: str
    java_options: tuple[str, ...]
    has_zookeeper: bool = False

    @property
    def pom(self) -> Path:
        """Return the file that says which jars it needs."""
        return HERE / self.name / "pom.xml"

    @property
    def version(self) -> str:
        """Return Kafka's version, which the `pom.xml` alone states."""
        found = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", self.pom.read_text(encoding="utf-8"))
        assert found is not None
        return found[1]


NEWEST = Release("newest", (f"-Dlog4j2.configurationFile={HERE / 'newest' / 'log4j2.properties'}",))
OLDEST = Release(
    "oldest",
    (
        f"-Dlog4j.configuration={(HERE / 'oldest' / 'log4j.properties').as_uri()}",
        # It would show its loggers by classes that the maintained log4j 1.2 no longer has.
        "-Dzookeeper.jmx.log4j.disable=true",
        # It lets go of a deleted topic's files by a class that later Javas keep to themselves.
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
    ),
    has_zookeeper=True,
)
RELEASES = {release.name: release for release in (NEWEST, OLDEST)}
