import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from shared import env

NOBODY = 65534
KEY = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = env.setting("Where the data is.")
    keys: tuple[str, ...] = env.setting("Keys.", is_key_ring=True)
    lifetime: timedelta = env.setting("How long.", default=timedelta(hours=2))
    port: int = env.setting("Port.", default=8080)
    is_on: bool = env.setting("On.", default=True)
    networks: env.Networks = env.setting("Networks.", default=())
    public_url: str = env.setting("Where people come.", default="http://127.0.0.1:8080", variable="PUBLIC_URL")


def load(**environment: str) -> Settings:
    return env.load(Settings, environment, prefix="X")


def test_load_reads_every_kind_of_setting() -> None:
    loaded = load(
        X_DATABASE_URL="sqlite://",
        X_KEYS=f"{KEY},{KEY[::-1]}",
        X_LIFETIME="60",
        X_IS_ON="0",
        X_NETWORKS="10.0.0.0/8, ::1/128",
        PUBLIC_URL="https://portail.example",
    )
    assert loaded == Settings(
        database_url="sqlite://",
        keys=(KEY, KEY[::-1]),
        lifetime=timedelta(minutes=1),
        is_on=False,
        networks=(ip_network("10.0.0.0/8"), ip_network("::1/128")),
        public_url="https://portail.example",
    )


@pytest.mark.parametrize("nothing", ["", " \n"])
def test_load_takes_what_is_empty_for_missing_where_it_is_needed(nothing: str) -> None:
    with pytest.raises(env.SettingsError) as refused:
        load(X_DATABASE_URL=nothing, X_KEYS=nothing, PUBLIC_URL=nothing)
    assert [line.partition(":")[0] for line in refused.value.mistakes] == [
        "X_DATABASE_URL is missing",
        "X_KEYS is missing",
    ]


def test_load_tells_every_mistake_at_once_and_no_value() -> None:
    with pytest.raises(env.SettingsError) as refused:
        load(X_KEYS="tooshort", X_LIFETIME="soon", X_PORT="-1", X_IS_ON="perhaps", X_NETWORKS="nowhere")
    told = str(refused.value)
    assert [line.split()[0] for line in refused.value.mistakes] == [
        "X_DATABASE_URL",
        "X_KEYS",
        "X_LIFETIME",
        "X_PORT",
        "X_IS_ON",
        "X_NETWORKS",
    ]
    assert "tooshort" not in told


@pytest.mark.requirement("KEY-3")
@pytest.mark.parametrize("weak", ["change-me", "a" * 64, "short", "", ","])
def test_load_refuses_a_weak_key(weak: str) -> None:
    with pytest.raises(env.SettingsError):
        load(X_DATABASE_URL="sqlite://", X_KEYS=weak)


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.setenv("VITRAIL_SECRETS", str(folder))
    monkeypatch.setenv("VITRAIL_HOME", str(tmp_path / "home"))
    return folder


def write_secret(folder: Path, name: str, content: str, *, mode: int = 0o440) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    (folder / name).chmod(mode)


@pytest.mark.requirement("KEY-4")
def test_environment_reads_each_secret_from_the_file_of_its_name(secrets: Path) -> None:
    write_secret(secrets, "X_KEYS", f"{KEY}\n")
    write_secret(secrets, "X_DATABASE_URL", "sqlite://")
    assert env.load(Settings, env.environment("x"), prefix="X").keys == (KEY,)


@pytest.mark.requirement("KEY-4")
def test_environment_reads_secrets_as_kubernetes_mounts_them(secrets: Path) -> None:
    (secrets / "..2026").mkdir()
    write_secret(secrets / "..2026", "X_KEYS", KEY)
    (secrets / "..data").symlink_to("..2026")
    (secrets / "X_KEYS").symlink_to("..data/X_KEYS")
    read = env.environment("x")
    assert read["X_KEYS"] == KEY
    assert not [name for name in read if name.startswith("..")]


def test_environment_prefers_a_secret_to_what_a_run_left_behind(secrets: Path, tmp_path: Path) -> None:
    left = tmp_path / "home" / "environment"
    left.mkdir(parents=True)
    (left / "x.env").write_text("X_KEYS=left\nX_PORT=1\n", encoding="utf-8")
    write_secret(secrets, "X_KEYS", KEY)
    read = env.environment("x")
    assert (read["X_KEYS"], read["X_PORT"]) == (KEY, "1")


@pytest.mark.requirement("KEY-3")
def test_environment_tells_every_secret_that_it_does_not_take_and_no_value(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_secret(secrets, "X_KEYS", KEY, mode=0o444)
    write_secret(secrets, "X_CODE_KEYS", KEY)
    monkeypatch.setenv("X_CODE_KEYS", KEY)
    (secrets / "X_DATABASE_URL").symlink_to("absent")
    (secrets / "X_NAME").write_bytes(b"\xff")
    (secrets / "X_NAME").chmod(0o400)
    with pytest.raises(env.SettingsError) as refused:
        env.environment("x")
    assert refused.value.mistakes == [
        f"X_CODE_KEYS is given twice, as a variable and as a file in {secrets}",
        "X_DATABASE_URL is a file that cannot be read (No such file or directory)",
        "X_KEYS is a file that everybody may use; its mode must end in 0, such as 0440",
        "X_NAME is a file that is not text in UTF-8",
    ]
    assert KEY not in str(refused.value)


def test_environment_stands_alone_without_such_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VITRAIL_SECRETS", str(tmp_path / "absent"))
    monkeypatch.setenv("X_KEYS", KEY)
    assert env.environment("x")["X_KEYS"] == KEY


@pytest.fixture
def closed_secrets(secrets: Path) -> Iterator[Path]:
    """A folder of secrets of which we see nothing: root, who sees everything, is somebody else meanwhile."""
    before = os.geteuid()
    secrets.chmod(0)
    os.seteuid(before or NOBODY)
    yield secrets
    os.seteuid(before)


@pytest.mark.requirement("KEY-4")
def test_environment_tells_a_folder_of_secrets_that_is_closed(closed_secrets: Path) -> None:
    with pytest.raises(env.SettingsError) as refused:
        env.environment("x")
    assert refused.value.mistakes == [f"the folder of secrets, {closed_secrets}, cannot be read (Permission denied)"]


def test_environment_tells_a_folder_of_secrets_that_is_none(secrets: Path) -> None:
    secrets.rmdir()
    secrets.write_text("X_KEYS", encoding="utf-8")
    with pytest.raises(env.SettingsError, match=re.escape(f"{secrets}, cannot be read (Not a directory)")):
        env.environment("x")


@pytest.mark.requirement("KEY-4")
def test_settings_hide_secrets_from_repr() -> None:
    assert KEY not in repr(load(X_DATABASE_URL="sqlite://", X_KEYS=KEY))


def test_example_holds_every_variable_with_its_default() -> None:
    lines = env.example(Settings, prefix="X").splitlines()
    assert "X_DATABASE_URL=" in lines
    assert "#X_LIFETIME=7200" in lines
    assert "#PUBLIC_URL=http://127.0.0.1:8080" in lines
