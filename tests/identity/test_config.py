from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from services.identity.app import create_app
from services.identity.config import PREFIX, Settings
from shared import env
from shared.database import Database
from shared.env import SettingsError
from tests.identity import world

ROOT = Path(__file__).resolve().parents[2]


def environment(**overrides: str) -> dict[str, str]:
    given = {
        "IDENTITY_DATABASE_URL": "sqlite://",
        "IDENTITY_BROKER_URL": "embedded:///nowhere",
        "PUBLIC_URL": "https://portail.example",
        "IDENTITY_SMTP_URL": "smtp://127.0.0.1:1",
    }
    rings = ("passport", "code", "ticket", "pepper", "digest", "session", "client", "seal")
    given |= {f"IDENTITY_{ring.upper()}_KEYS": world.key(ring)[0] for ring in rings}
    return given | overrides


def mistakes(**overrides: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(environment(**overrides))
    return refused.value.mistakes


def test_the_defaults_are_those_of_the_requirements() -> None:
    settings = Settings.from_env(environment())
    assert (settings.resend_interval, settings.code_lifetime) == (timedelta(seconds=60), timedelta(hours=2))
    assert (settings.session_idle, settings.session_lifetime) == (timedelta(seconds=1800), timedelta(seconds=43200))
    assert (settings.password_policy, settings.refused_local_part) == ("mozaik-2021", "_+")


@pytest.mark.requirement("ID-09")
def test_one_lifetime_holds_for_every_code_when_only_that_one_is_set() -> None:
    both = Settings.from_env(environment(IDENTITY_CODE_LIFETIME="1200"))
    assert (both.code_lifetime, both.reset_code_lifetime) == (timedelta(minutes=20), timedelta(minutes=20))
    each = Settings.from_env(environment(IDENTITY_CODE_LIFETIME="1200", IDENTITY_RESET_CODE_LIFETIME="900"))
    assert (each.code_lifetime, each.reset_code_lifetime) == (timedelta(minutes=20), timedelta(minutes=15))
    neither = Settings.from_env(environment())
    assert (neither.code_lifetime, neither.reset_code_lifetime) == (timedelta(hours=2), timedelta(hours=1))


@pytest.mark.requirement("COD-4")
@pytest.mark.parametrize("seconds", ["0", "86401"])
def test_a_code_lives_for_a_day_at_most(seconds: str) -> None:
    assert mistakes(IDENTITY_CODE_LIFETIME=seconds)[0].startswith("IDENTITY_CODE_LIFETIME ")
    assert Settings.from_env(environment(IDENTITY_CODE_LIFETIME="86400"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENTITY_PASSWORD_POLICY", "none"),
        ("IDENTITY_MAILBOX_WRONG_LIMIT", "9"),
        ("IDENTITY_MAILBOX_WRONG_LIMIT", "101"),
        ("IDENTITY_CODE_ATTEMPTS", "0"),
        ("IDENTITY_FREE_FAILURES", "0"),
        ("IDENTITY_THREADS", "0"),
        ("IDENTITY_DATABASE_CONNECTIONS", "0"),
        ("IDENTITY_SESSION_LIMIT", "0"),
        ("IDENTITY_RESEND_INTERVAL", "-1"),
        ("IDENTITY_WIDE_NETWORKS", "everywhere"),
    ],
)
def test_what_makes_no_sense_is_refused_at_the_door(name: str, value: str) -> None:
    assert [line.split()[0] for line in mistakes(**{name: value})] == [name]


def test_a_key_may_serve_one_purpose_only() -> None:
    [told] = mistakes(IDENTITY_SEAL_KEYS=world.key("code")[0])
    assert told == "IDENTITY_SEAL_KEYS shares a key with IDENTITY_CODE_KEYS"
    assert world.key("code")[0] not in told


def test_settings_do_not_show_their_secrets() -> None:
    settings = Settings.from_env(environment())
    secrets = [
        world.key(ring)[0] for ring in ("passport", "code", "ticket", "pepper", "digest", "session", "client", "seal")
    ]
    assert [secret for secret in secrets if secret in repr(settings)] == []


@pytest.mark.requirement("PWD-2")
@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({}, {"IDENTITY_PASSWORD_POLICY"}),
        ({"IDENTITY_PASSWORD_POLICY": "nist"}, set()),
        ({"IDENTITY_PASSWORD_POLICY": "mozaik-2017"}, set()),
        (
            {"IDENTITY_PASSWORD_POLICY": "nist", "IDENTITY_CODE_LIFETIME": "599"},
            {"IDENTITY_CODE_LIFETIME", "IDENTITY_RESET_CODE_LIFETIME"},
        ),
    ],
)
def test_what_is_weaker_than_recommended_is_told_at_the_start(
    overrides: dict[str, str], told: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.from_env(environment(**overrides))
    assert set(settings.deviations()) == told
    database = Database("sqlite://")
    create_app(settings, database=database, passwords=world.cheap_passwords(settings))
    database.close()
    said = capsys.readouterr()
    assert [name for name in told if name not in said.out + said.err] == []
    assert ("deviation" in said.out + said.err) is bool(told)


def test_every_setting_stands_in_the_example_and_in_the_readme() -> None:
    example = (ROOT / "deploy" / "env" / "identity.env.example").read_text("utf-8")
    readme = (ROOT / "services" / "identity" / "README.md").read_text("utf-8")
    assert example == env.example(Settings, prefix=PREFIX)
    names = [variable.name for variable in env.variables(Settings, prefix=PREFIX)]
    assert len(names) == len(fields(Settings))
    assert [name for name in names if f"`{name}`" not in readme] == []


@pytest.mark.requirement("ID-03", "KEY-4")
def test_the_providers_come_from_a_file_and_show_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "IDENTITY_SOCIAL_PROVIDERS"
    file.write_text('[google]\nclient_id = "a"\nclient_secret = "hidden"\n', "utf-8")
    file.chmod(0o400)
    monkeypatch.setenv("VITRAIL_SECRETS", str(tmp_path))
    settings = Settings.from_env(env.environment("identity") | environment())
    assert "[google]" in settings.social_providers
    assert "hidden" not in repr(settings)


@pytest.mark.requirement("ID-31", "ID-32", "KEY-4")
def test_mistakes_in_providers_and_days_are_told_by_their_variable_and_not_by_their_value() -> None:
    told = mistakes(
        IDENTITY_SOCIAL_PROVIDERS='[google]\nclient_secret = "hidden"\n',
        IDENTITY_RECREATE_BEFORE="February",
        IDENTITY_CONFIRM_BEFORE="2017-13-01",
        IDENTITY_HELP_URL="javascript:alert(1)",
    )
    assert [line.partition(" ")[0] for line in told] == [
        "IDENTITY_RECREATE_BEFORE",
        "IDENTITY_CONFIRM_BEFORE",
        "IDENTITY_SOCIAL_PROVIDERS",
        "IDENTITY_HELP_URL",
    ]
    assert "hidden" not in str(told)
    assert "February" not in str(told)
