import socket
import stat
from pathlib import Path

import pytest

from one_machine import key_rings, places


def test_require_port_tells_of_a_taken_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(places.CannotStart, match=f"VITRAIL_PORT={port + 1}"):
            places.require_port("127.0.0.1", port)


def test_require_port_accepts_a_free_port() -> None:
    places.require_port("127.0.0.1", places.free_port())


def test_require_port_tells_of_a_foreign_address() -> None:
    with pytest.raises(places.CannotStart):
        places.require_port("192.0.2.1", 8080)


def test_held_refuses_a_second_run_on_one_folder(tmp_path: Path) -> None:
    with places.held(tmp_path), pytest.raises(places.CannotStart, match="VITRAIL_HOME"), places.held(tmp_path):
        pass


def test_held_lets_the_folder_go(tmp_path: Path) -> None:
    with places.held(tmp_path):
        pass
    with places.held(tmp_path):
        assert (tmp_path / "run.lock").exists()


def test_held_tells_of_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(places.CannotStart, match="cannot be written"), places.held(tmp_path / "file" / "below"):
        pass


def test_load_makes_secrets_once_and_keeps_them_to_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keys.env"
    first = key_rings.load(path, ["A", "B"])
    second = key_rings.load(path, ["A", "B", "C"])
    assert second["A"] == first["A"]
    assert len(set(second.values())) == 3
    assert min(map(len, second.values())) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
