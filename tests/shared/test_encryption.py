from dataclasses import dataclass

import pytest

from shared import encryption, env

PORTAL = {"PUBLIC_URL": "https://portail.example.ca"}
VERIFIED = "sslmode=verify-full&sslrootcert=/run/authorities/postgres.crt"


@pytest.mark.requirement("DEP-5")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://identity_app:secret@db.example.ca:5432/identity",
        "postgresql+psycopg://identity_app:secret@db.example.ca:5432/identity?sslmode=require",
        "postgresql+psycopg://identity_app:secret@db.example.ca/identity?sslmode=verify-ca",
        f"postgresql+psycopg://db.example.ca/identity?{VERIFIED}&sslmode=disable",
        "postgresql+psycopg://127.0.0.1,10.0.0.7/identity",
        "postgresql+psycopg://127.0.0.1/identity?host=10.0.0.7",
        "postgresql+psycopg://@/identity?host=/run/postgresql,10.0.0.7",
        "postgresql+psycopg://[2001:db8::7]:5432/identity",
        "postgresql+psycopg://localhost.example.ca/identity",
        "postgresql://db/identity",
    ],
)
def test_a_database_elsewhere_must_prove_who_it_is(url: str) -> None:
    assert encryption.missing_words(url, PORTAL) == "sslmode=verify-full&sslrootcert=…"


@pytest.mark.requirement("DEP-5")
@pytest.mark.parametrize(
    "url", ["kafka://log:9092", "kafka://localhost:9092,log:9092", "kafka://user:secret@10.0.0.7:9093?tls=0"]
)
def test_an_event_log_elsewhere_must_be_spoken_to_by_tls(url: str) -> None:
    assert encryption.missing_words(url, PORTAL) == "tls=1"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://identity_app:secret@db.example.ca:5432/identity?{VERIFIED}",
        "kafka://user:p%40ss@log:9093?tls=1&ca=/run/authorities/kafka.crt",
        "postgresql+psycopg://vitrail@/identity?host=/run/postgresql",
        "postgresql+psycopg:///identity",
        "postgresql+psycopg://127.0.0.1:5432/identity",
        "postgresql+psycopg://[::1]/identity",
        "kafka://localhost:9092",
        "sqlite:///identity.db",
        "embedded:///events.db",
        "smtp+starttls://user:secret@mail:587",
        "postgresql+psycopg://[broken/identity",
    ],
)
def test_what_is_proven_or_here_needs_no_word(url: str) -> None:
    assert encryption.missing_words(url, PORTAL) is None


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_a_trial_on_one_s_own_machine_needs_none(public_url: str) -> None:
    assert encryption.missing_words("postgresql://postgres/identity", {"PUBLIC_URL": public_url}) is None


@pytest.mark.parametrize("environment", [{}, {"PUBLIC_URL": ""}, {"PUBLIC_URL": "http://127.0.0.1.example.ca"}])
def test_a_trial_is_said_and_not_supposed(environment: dict[str, str]) -> None:
    assert encryption.missing_words("postgresql://postgres/identity", environment) is not None


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = env.setting("Where the data is.", is_secret=True)
    broker_url: str = env.setting("Where events are.", is_secret=True)


@pytest.mark.requirement("DEP-5")
def test_settings_that_lead_elsewhere_in_the_open_are_refused_without_a_value() -> None:
    with pytest.raises(env.SettingsError) as refused:
        env.load(
            Settings,
            {"X_DATABASE_URL": "postgresql://app:s3cret@db/x", "X_BROKER_URL": "kafka://log:9092", **PORTAL},
            prefix="X",
        )
    assert refused.value.mistakes == [
        "X_DATABASE_URL leads to another machine and must say sslmode=verify-full&sslrootcert=…",
        "X_BROKER_URL leads to another machine and must say tls=1",
    ]
