from pathlib import Path

import pytest

from gateway.config import PREFIX, Settings
from shared import env
from tests.gateway.conftest import ATTENDANCE_KEYS, ENROLLMENT_KEYS, IDENTITY_KEYS, RECORDS_KEYS, make_settings

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "GATEWAY_PASSPORT_KEYS_IDENTITY": IDENTITY_KEYS[0],
    "GATEWAY_PASSPORT_KEYS_ENROLLMENT": ENROLLMENT_KEYS[0],
    "GATEWAY_PASSPORT_KEYS_ATTENDANCE": ATTENDANCE_KEYS[0],
    "GATEWAY_PASSPORT_KEYS_RECORDS": RECORDS_KEYS[0],
}


def test_from_env_needs_nothing_but_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)

    settings = Settings.from_env()

    assert settings.port == 8080
    assert "of-the-tests" not in repr(settings)


def test_from_env_tells_every_mistake_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "eighty")

    with pytest.raises(env.SettingsError) as refused:
        Settings.from_env()

    assert [mistake.split()[0] for mistake in refused.value.mistakes] == [
        "GATEWAY_PORT",
        "GATEWAY_PASSPORT_KEYS_IDENTITY",
        "GATEWAY_PASSPORT_KEYS_ENROLLMENT",
        "GATEWAY_PASSPORT_KEYS_ATTENDANCE",
        "GATEWAY_PASSPORT_KEYS_RECORDS",
    ]


@pytest.mark.requirement("GWY-6")
@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.ca", "null", "https://a.example.ca/path", "ftp://a.ca", "https://"]
)
def test_mistakes_name_an_origin_that_is_not_exact(origin: str) -> None:
    found = make_settings(allowed_origins=(origin,)).mistakes()

    assert [mistake.split()[0] for mistake in found] == ["GATEWAY_ALLOWED_ORIGINS"]


@pytest.mark.requirement("S2S-6")
def test_mistakes_name_a_key_that_two_services_hold() -> None:
    found = make_settings(passport_keys_enrollment=(*ENROLLMENT_KEYS, *IDENTITY_KEYS)).mistakes()

    assert found == ["GATEWAY_PASSPORT_KEYS_IDENTITY and GATEWAY_PASSPORT_KEYS_ENROLLMENT share a key"]


@pytest.mark.requirement("GWY-1")
def test_mistakes_name_the_keys_that_a_portal_needs() -> None:
    found = make_settings(portal_url="http://portal:8085", passport_keys_portal=()).mistakes()

    assert found == ["GATEWAY_PASSPORT_KEYS_PORTAL is missing: there is a portal"]


def test_mistakes_name_an_unknown_store_of_limits() -> None:
    assert [line.split()[0] for line in make_settings(limits_url="memcached://x").mistakes()] == ["GATEWAY_LIMITS_URL"]


def test_mistakes_are_none_for_a_whole_deployment() -> None:
    settings = make_settings(
        public_url="https://portail.example.ca",
        identity_url="http://identity:8080",
        allowed_origins=("https://app.example.ca", "http://127.0.0.1:5173"),
        limits_url="redis://limits:6379/0",
    )

    assert settings.mistakes() == []


def test_example_holds_every_variable() -> None:
    held = (ROOT / "deploy" / "env" / "gateway.env.example").read_text("utf-8")

    assert held == env.example(Settings, prefix=PREFIX)


def test_readme_names_every_variable() -> None:
    readme = (ROOT / "gateway" / "README.md").read_text("utf-8")

    missing = [each.name for each in env.variables(Settings, prefix=PREFIX) if f"`{each.name}`" not in readme]

    assert missing == []
