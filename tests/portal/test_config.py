from pathlib import Path

import pytest

from portal.config import Settings, SettingsError
from tests.portal.conftest import KEY
from tests.support.source import ROOT

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
