import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from one_machine.kafka import node, programs
from one_machine.kafka.releases import NEWEST
from tests.support.source import ROOT


@pytest.fixture
def home(tmp_path: Path, make_kafka_node: Callable[..., node.Node]) -> Iterator[Path]:
    """The state folder of somebody who types the commands; nothing goes on when the test is over."""
    make_kafka_node()  # skips the test where there is no Kafka
    yield tmp_path / "home"
    programs.stop_in(tmp_path / "home" / "kafka" / NEWEST.version)


def typed(home: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "one_machine.kafka", *words],
        cwd=ROOT,
        env=os.environ | {"VITRAIL_HOME": str(home), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_up_starts_a_node_that_goes_on_until_down(home: Path) -> None:
    port = node.free_ports(1)[0]
    started = typed(home, "up", "--port", str(port))
    assert started.returncode == 0, started.stdout + started.stderr
    assert f"VITRAIL_BROKER_URL='kafka://127.0.0.1:{port}?replication=1' make run" in started.stdout
    admin = KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}")
    [broker] = admin.describe_cluster()["brokers"]
    admin.close()
    assert broker["port"] == port
    again = typed(home, "up", "--port", str(port))
    assert (again.returncode, "already running" in again.stdout) == (1, True)
    shown = typed(home, "status")
    pid = programs.running_in(home / "kafka" / NEWEST.version)["kafka"]
    assert (shown.returncode, re.search(rf"{re.escape(NEWEST.version)}.*\b{pid}\b", shown.stdout) is None) == (0, False)
    stopped = typed(home, "down")
    assert (stopped.returncode, "is stopped" in stopped.stdout) == (0, True)
    assert typed(home, "status").returncode == 1
    assert "was not running" in typed(home, "down").stdout


def test_down_ends_no_process_that_took_the_id(home: Path) -> None:
    folder = home / "kafka" / NEWEST.version
    folder.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        (folder / "kafka.pid").write_text(f"{stranger.pid}\n")
        told = typed(home, "down")
        assert stranger.poll() is None
        stranger.send_signal(signal.SIGKILL)
    assert "was not running" in told.stdout


def test_up_tells_what_is_missing_without_a_traceback(home: Path, tmp_path: Path) -> None:
    told = typed(home, "up", "--port", str(node.free_ports(1)[0]), PATH=str(tmp_path), JAVA_HOME="")
    assert told.returncode == 1
    assert "default-jre-headless" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr
