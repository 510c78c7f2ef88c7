"""The broker's jars: fetched from Maven Central once, and kept in a cache folder whole or not at all."""

import fcntl
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from one_machine.kafka.releases import Release

MINIMUM_JAVA = 17
_INSTALL = "Debian : apt install default-jre-headless maven ; make tools"
_DOWNLOADED = re.compile(r"Downloaded from [^:]*: \S+/(\S+)")


class NoKafka(Exception):
    """No broker can be had here; the text says what is missing and how to get it."""


def folder(release: Release, *, environment: Mapping[str, str]) -> Path:
    """Return where the jars of a release are kept, there or not."""
    cache = environment.get("XDG_CACHE_HOME")
    # The specification of these folders wants a relative path ignored.
    root = Path(cache) if cache and Path(cache).is_absolute() else Path.home() / ".cache"
    return root / "vitrail" / "kafka" / release.version


def find(release: Release, *, environment: Mapping[str, str]) -> Path:
    """Return the folder that holds the jars of a release.

    Raises:
        NoKafka: they have not been fetched, or another list of them has.
    """
    kept = folder(release, environment=environment)
    if not _is_whole(kept, release):
        raise NoKafka(
            f"Apache Kafka {release.version} n’est pas sur cette machine : « make tools » va le chercher. / "
            f"Apache Kafka {release.version} is not on this machine: make tools fetches it."
        )
    return kept


def java(*, environment: Mapping[str, str]) -> Path:
    """Return the Java to run it with: that of JAVA_HOME, else the first on the path.

    Raises:
        NoKafka: there is none, or it is too old.
    """
    home = environment.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else environment.get("PATH"))
    if found is None:
        raise NoKafka(
            f"Apache Kafka demande Java {MINIMUM_JAVA} ou plus récent, introuvable ici. / "
            f"Apache Kafka needs Java {MINIMUM_JAVA} or later, and there is none here. ({_INSTALL})"
        )
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    version = re.search(r'version "(\d+)', told.stderr + told.stdout)
    if told.returncode != 0 or version is None or int(version[1]) < MINIMUM_JAVA:
        raise NoKafka(
            f"Apache Kafka demande Java {MINIMUM_JAVA} ou plus récent, et {found} ne l’est pas. / "
            f"Apache Kafka needs Java {MINIMUM_JAVA} or later, and {found} is not. ({_INSTALL})"
        )
    return Path(found)


def fetch(release: Release, *, environment: Mapping[str, str], on_file: Callable[[str], object] | None = None) -> Path:
    """Fetch the jars of a release unless they are here, and return their folder.

    In:
        on_file: told the name of each file that Maven downloaded.

    Out: the folder appears under its name when everything is in it: a fetch that was cut off leaves nothing that could
    be taken for one. Two that fetch at once take turns, and the second finds the work done.

    Raises:
        NoKafka: there is no Maven, or it could not fetch them.
    """
    wanted = folder(release, environment=environment)
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        with _turn(wanted.with_name(f"{wanted.name}.lock")):
            if not _is_whole(wanted, release):
                _fetch_into(wanted, release, environment, on_file)
    except OSError as fault:
        raise NoKafka(
            f"Le dossier {wanted.parent} ne peut pas être écrit ; XDG_CACHE_HOME en choisit un autre. / "
            f"The folder {wanted.parent} cannot be written ({fault.strerror}); XDG_CACHE_HOME chooses another."
        ) from fault
    return wanted


def _is_whole(kept: Path, release: Release) -> bool:
    # The list that it was fetched by lies with it: a changed one asks for another set.
    list_of_it = kept / "pom.xml"
    return list_of_it.exists() and list_of_it.read_bytes() == release.pom.read_bytes()


def _fetch_into(
    wanted: Path, release: Release, environment: Mapping[str, str], on_file: Callable[[str], object] | None
) -> None:
    maven = shutil.which("mvn", path=environment.get("PATH"))
    if maven is None:
        raise NoKafka(
            "C’est Maven qui va chercher Apache Kafka, et mvn est introuvable ici. / "
            f"Maven fetches Apache Kafka, and there is no mvn here. ({_INSTALL})"
        )
    for leftover in wanted.parent.glob(f"{wanted.name}.partial-*"):
        shutil.rmtree(leftover)
    # Beside its place, so that it can be moved there in one step.
    with tempfile.TemporaryDirectory(prefix=f"{wanted.name}.partial-", dir=wanted.parent) as partial:
        jars = Path(partial) / "jars"
        command = [maven, "--batch-mode", "--file", str(release.pom), "dependency:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        # A connection that breaks is tried again before all is given up.
        command += ["-Dmaven.wagon.http.retryHandler.count=3", "-Daether.connector.http.retryHandler.count=3"]
        last = _run(command, environment, on_file)
        if last is not None:
            raise NoKafka(
                f"Maven n’a pas pu aller chercher Apache Kafka {release.version}. / "
                f"Maven could not fetch Apache Kafka {release.version}.\n{last}"
            )
        if not list(jars.glob(f"kafka_*-{release.version}.jar")):
            raise NoKafka(f"Maven fetched no Apache Kafka {release.version}: look at {release.pom}")
        shutil.copy(release.pom, jars / "pom.xml")
        if wanted.exists():
            shutil.rmtree(wanted)
        jars.rename(wanted)


def _run(command: list[str], environment: Mapping[str, str], on_file: Callable[[str], object] | None) -> str | None:
    """Run Maven and return None, or the end of what it said when it failed."""
    said: deque[str] = deque(maxlen=15)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=dict(environment),
    ) as maven:
        assert maven.stdout is not None
        for line in maven.stdout:
            downloaded = _DOWNLOADED.search(line)
            if downloaded is not None and on_file is not None:
                on_file(downloaded[1])
            elif line.startswith("[ERROR]") and line.strip() != "[ERROR]":
                said.append(line.strip())
    return None if maven.returncode == 0 else "\n".join(said) or f"mvn ended with {maven.returncode}"


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
