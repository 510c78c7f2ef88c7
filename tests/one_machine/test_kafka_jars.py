import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from one_machine.kafka import jars
from one_machine.kafka.jars import NoKafka
from one_machine.kafka.releases import HERE, NEWEST, OLDEST, RELEASES, Release
from tests.support.source import ROOT

# What the fake Mavens have in common: it notes that it ran, and finds where the jars go.
BEGIN = """#!/bin/sh
echo ran >>"{folder}/runs"
for word in "$@"; do case "$word" in -DoutputDirectory=*) out="${{word#*=}}";; esac; done
mkdir -p "$out"
"""
WHOLE = """
echo "Downloading from central: https://example.org/a.jar"
echo "Downloaded from central: https://example.org/a.jar (1 kB at 1 MB/s)"
touch "$out/kafka_2.13-{version}.jar" "$out/a.jar"
"""
BROKEN = """
touch "$out/kafka_2.13-{version}.jar"
echo "[ERROR] Could not transfer artifact: Connection reset"
exit 1
"""
EMPTY = "exit 0"
# It has written a jar when it says so, and goes on until it is killed.
STUCK = """
touch "$out/kafka_2.13-{version}.jar"
echo "Downloaded from central: https://example.org/a.jar (1 kB)"
exec sleep 600
"""
SLOW = "sleep 0.3\n" + WHOLE

FETCH = """
import os, sys
from one_machine.kafka import jars
from one_machine.kafka.releases import NEWEST
print(jars.fetch(NEWEST, environment=os.environ, on_file=lambda name: print(name, flush=True)), flush=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with a folder for its programs alone before the system's, and a cache of its own."""
    (tmp_path / "bin").mkdir()
    return {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}


def put(folder: Path, name: str, script: str) -> None:
    program = folder / "bin" / name
    program.write_text(script)
    program.chmod(0o755)


def put_maven(folder: Path, script: str) -> None:
    put(folder, "mvn", BEGIN.format(folder=folder) + script.format(version=NEWEST.version))


def kept(folder: Path) -> list[str]:
    """What a fetch left in the cache, but for the lock."""
    return sorted(path.name for path in (folder / "cache" / "vitrail" / "kafka").iterdir() if path.suffix != ".lock")


def fetching(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", FETCH],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_fetch_keeps_what_maven_brings_and_brings_it_once(tmp_path: Path, environment: dict[str, str]) -> None:
    put_maven(tmp_path, WHOLE)
    names: list[str] = []
    first = jars.fetch(NEWEST, environment=environment, on_file=names.append)
    second = jars.fetch(NEWEST, environment=environment)
    assert first == second == jars.find(NEWEST, environment=environment)
    assert first == tmp_path / "cache" / "vitrail" / "kafka" / NEWEST.version
    assert {path.name for path in first.iterdir()} == {"a.jar", f"kafka_2.13-{NEWEST.version}.jar", "pom.xml"}
    assert names == ["a.jar"]
    assert (tmp_path / "runs").read_text() == "ran\n"
    assert kept(tmp_path) == [NEWEST.version]


@pytest.mark.parametrize(
    ("script", "said"), [(BROKEN, "Connection reset"), (EMPTY, "no Apache Kafka")], ids=["broken", "empty"]
)
def test_fetch_keeps_nothing_of_what_is_not_whole(
    tmp_path: Path, environment: dict[str, str], script: str, said: str
) -> None:
    put_maven(tmp_path, script)
    with pytest.raises(NoKafka, match=said):
        jars.fetch(NEWEST, environment=environment)
    with pytest.raises(NoKafka, match="make tools"):
        jars.find(NEWEST, environment=environment)
    assert kept(tmp_path) == []


def test_fetch_that_was_killed_half_way_leaves_nothing_that_counts(tmp_path: Path, environment: dict[str, str]) -> None:
    put_maven(tmp_path, STUCK)
    with fetching(environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a.jar\n"
        os.killpg(process.pid, signal.SIGKILL)
    with pytest.raises(NoKafka, match="make tools"):
        jars.find(NEWEST, environment=environment)
    put_maven(tmp_path, WHOLE)
    jars.fetch(NEWEST, environment=environment)
    assert kept(tmp_path) == [NEWEST.version]


def test_fetch_by_two_at_once_takes_turns(tmp_path: Path, environment: dict[str, str]) -> None:
    put_maven(tmp_path, SLOW)
    with fetching(environment) as one, fetching(environment) as other:
        told = [one.communicate(timeout=60)[0], other.communicate(timeout=60)[0]]
    assert [process.returncode for process in (one, other)] == [0, 0]
    assert {text.splitlines()[-1] for text in told} == {str(jars.find(NEWEST, environment=environment))}
    assert (tmp_path / "runs").read_text() == "ran\n"


def test_fetch_brings_another_set_when_the_list_has_changed(tmp_path: Path, environment: dict[str, str]) -> None:
    put_maven(tmp_path, WHOLE)
    folder = jars.fetch(NEWEST, environment=environment)
    (folder / "pom.xml").write_text("<project/>")
    (folder / "old.jar").touch()
    with pytest.raises(NoKafka):
        jars.find(NEWEST, environment=environment)
    jars.fetch(NEWEST, environment=environment)
    assert not (folder / "old.jar").exists()


def test_fetch_tells_of_a_cache_that_cannot_be_written(tmp_path: Path, environment: dict[str, str]) -> None:
    put_maven(tmp_path, WHOLE)
    (tmp_path / "cache").touch()
    with pytest.raises(NoKafka, match="XDG_CACHE_HOME"):
        jars.fetch(NEWEST, environment=environment)


def test_fetch_tells_how_to_get_maven(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(NoKafka, match="apt install default-jre-headless maven"):
        jars.fetch(NEWEST, environment=environment | {"PATH": str(tmp_path / "bin")})


def test_java_is_that_of_java_home_before_that_of_the_path(tmp_path: Path, environment: dict[str, str]) -> None:
    put(tmp_path, "java", "#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").symlink_to(tmp_path / "bin" / "java")
    assert jars.java(environment=environment) == tmp_path / "bin" / "java"
    assert jars.java(environment=environment | {"JAVA_HOME": str(home)}) == home / "bin" / "java"


@pytest.mark.parametrize("version", ["1.8.0_292", "11.0.22", "nonsense"])
def test_java_that_is_too_old_is_told(tmp_path: Path, environment: dict[str, str], version: str) -> None:
    put(tmp_path, "java", f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    with pytest.raises(NoKafka, match=r"Java 17 or later, and \S+/bin/java is not"):
        jars.java(environment=environment)


def test_java_that_is_missing_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(NoKafka, match="apt install default-jre-headless"):
        jars.java(environment=environment | {"PATH": str(tmp_path / "bin")})


def test_folder_ignores_a_relative_cache(environment: dict[str, str]) -> None:
    assert jars.folder(NEWEST, environment={"XDG_CACHE_HOME": "cache"}) == jars.folder(NEWEST, environment={})


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_releases_have_all_their_files(release: Release) -> None:
    assert release.pom.parent == HERE / release.name
    assert [option for option in release.java_options if option.endswith(".properties")] != []
    assert len(list(release.pom.parent.glob("log4j*.properties"))) == 1


def test_the_newest_release_is_newer_than_the_oldest() -> None:
    newest, oldest = (tuple(map(int, release.version.split("."))) for release in (NEWEST, OLDEST))
    assert newest >= (4, 4, 0)
    assert oldest < (1, 0, 0)
