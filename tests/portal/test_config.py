import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.config import Settings, SettingsError
from tests.portal.conftest import KEY
from tests.support.source import ROOT

NOBODY = 65534
NEEDED = {"PUBLIC_URL": "https://portail.example.ca", "PORTAL_API_URL": "http://gateway", "PORTAL_COOKIE_KEYS": KEY}


def test_settings_are_what_the_environment_says() -> None:
    read = Settings.load({**NEEDED, "PORTAL_PORT": "9000", "PORTAL_LOGS_AS_JSON": "0"})

    assert (read.port, read.logs_as_json, read.cookie_keys, read.is_local) == (9000, False, (KEY,), False)
    assert KEY not in repr(read)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, ["PUBLIC_URL", "PORTAL_API_URL", "PORTAL_COOKIE_KEYS"]),
        ({**NEEDED, "PORTAL_PORT": "x"}, ["PORTAL_PORT"]),
        ({**NEEDED, "PORTAL_COOKIE_KEYS": "a" * 40}, ["PORTAL_COOKIE_KEYS"]),
        ({**NEEDED, "PORTAL_LOGS_AS_JSON": "maybe"}, ["PORTAL_LOGS_AS_JSON"]),
    ],
)
def test_every_mistake_is_named(environment: dict[str, str], named: list[str]) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load(environment)

    assert [name for name in named if name not in str(refused.value)] == []


def test_the_example_is_the_settings_own() -> None:
    assert Path(ROOT / "deploy" / "env" / "portal.env.example").read_text("utf-8") == Settings.example()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.setenv("VITRAIL_SECRETS", str(folder))
    monkeypatch.setenv("PUBLIC_URL", NEEDED["PUBLIC_URL"])
    monkeypatch.setenv("PORTAL_API_URL", NEEDED["PORTAL_API_URL"])
    monkeypatch.delenv("PORTAL_COOKIE_KEYS", raising=False)
    return folder


def write_secret(folder: Path, *, mode: int) -> None:
    (folder / "PORTAL_COOKIE_KEYS").write_text(f"{KEY}\n", encoding="utf-8")
    (folder / "PORTAL_COOKIE_KEYS").chmod(mode)


@pytest.mark.requirement("KEY-4")
def test_a_secret_is_read_from_the_file_of_its_name(secrets: Path) -> None:
    write_secret(secrets, mode=0o440)

    assert Settings.from_env().cookie_keys == (KEY,)


@pytest.mark.requirement("KEY-3")
def test_a_secret_that_everybody_may_use_is_refused(secrets: Path) -> None:
    write_secret(secrets, mode=0o444)

    with pytest.raises(SettingsError, match="PORTAL_COOKIE_KEYS is a file that everybody may use"):
        Settings.from_env()


@pytest.mark.requirement("KEY-3")
def test_a_secret_that_is_given_twice_is_refused(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_secret(secrets, mode=0o440)
    monkeypatch.setenv("PORTAL_COOKIE_KEYS", KEY)

    with pytest.raises(SettingsError, match="PORTAL_COOKIE_KEYS is given twice"):
        Settings.from_env()


def test_a_secret_that_cannot_be_read_is_told(secrets: Path) -> None:
    (secrets / "PORTAL_COOKIE_KEYS").symlink_to("absent")

    with pytest.raises(SettingsError, match="PORTAL_COOKIE_KEYS is a file that cannot be read"):
        Settings.from_env()


@pytest.fixture
def closed_secrets(secrets: Path) -> Iterator[Path]:
    """A folder of which we see nothing: root, who sees everything, is somebody else meanwhile."""
    before = os.geteuid()
    secrets.chmod(0)
    os.seteuid(before or NOBODY)
    yield secrets
    os.seteuid(before)


def test_a_folder_of_secrets_that_is_closed_is_told(closed_secrets: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env()

    assert refused.value.mistakes == [f"the folder of secrets, {closed_secrets}, cannot be read (Permission denied)"]
