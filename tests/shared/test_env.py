from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from shared import env

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


@pytest.mark.requirement("KEY-4")
def test_load_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text(f"{KEY}\n")
    assert load(X_DATABASE_URL="sqlite://", X_KEYS_FILE=str(secret)).keys == (KEY,)


def test_load_tells_that_a_secret_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(env.SettingsError, match="X_KEYS names a file that cannot be read"):
        load(X_DATABASE_URL="sqlite://", X_KEYS_FILE=str(tmp_path / "absent"))


@pytest.mark.requirement("KEY-4")
def test_settings_hide_secrets_from_repr() -> None:
    assert KEY not in repr(load(X_DATABASE_URL="sqlite://", X_KEYS=KEY))


def test_example_holds_every_variable_with_its_default() -> None:
    lines = env.example(Settings, prefix="X").splitlines()
    assert "X_DATABASE_URL=" in lines
    assert "#X_LIFETIME=7200" in lines
    assert "#PUBLIC_URL=http://127.0.0.1:8080" in lines
