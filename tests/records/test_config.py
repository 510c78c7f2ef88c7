from datetime import timedelta

import pytest

from services.records.config import Settings
from shared.env import SettingsError

GIVEN = {
    "RECORDS_DATABASE_URL": "sqlite:///records.db",
    "RECORDS_BROKER_URL": "embedded:///log.db",
    "RECORDS_PASSPORT_KEYS": "passport-key-of-the-tests-0123456789",
    "RECORDS_SEAL_KEYS": "seal-key-of-the-tests-0123456789012",
    "RECORDS_PSEUDONYM_KEYS": "pseudonym-key-of-the-tests-012345678",
    "RECORDS_SIGNING_KEYS": "signing-key-of-the-tests-0123456789012",
    "RECORDS_SMTP_URL": "smtp://127.0.0.1:1",
    "PUBLIC_URL": "https://portail.exemple.ca",
    "RECORDS_DOCUMENTS_URL": "file:///var/lib/vitrail/documents",
}


def test_from_env_needs_a_database_a_log_keys_and_a_mail_server() -> None:
    settings = Settings.from_env(GIVEN)
    assert (settings.port, settings.ministerial_delay) == (8084, timedelta(days=10))
    assert "of-the-tests" not in repr(settings)
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({})
    assert [mistake.split()[0] for mistake in refused.value.mistakes] == list(GIVEN)


@pytest.mark.requirement("KEY-3")
@pytest.mark.parametrize("ring", ["RECORDS_SEAL_KEYS", "RECORDS_PSEUDONYM_KEYS", "RECORDS_SIGNING_KEYS"])
def test_from_env_refuses_one_key_for_two_purposes(ring: str) -> None:
    with pytest.raises(SettingsError, match="the same key"):
        Settings.from_env(GIVEN | {ring: GIVEN["RECORDS_PASSPORT_KEYS"]})


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({"RECORDS_DOCUMENTS_URL": "https://objects.example.ca"}, "RECORDS_DOCUMENTS_URL must be file:///"),
        (
            {"RECORDS_DOCUMENTS_URL": "s3://bucket", "RECORDS_DOCUMENTS_ACCESS_KEY": "a"},
            "both an access key and a secret",
        ),
    ],
)
def test_from_env_refuses_a_store_that_cannot_be(given: dict[str, str], mistake: str) -> None:
    with pytest.raises(SettingsError, match=mistake):
        Settings.from_env(GIVEN | given)


def test_settings_never_show_the_keys_of_the_store() -> None:
    keys = {"RECORDS_DOCUMENTS_ACCESS_KEY": "hidden-a", "RECORDS_DOCUMENTS_SECRET_KEY": "hidden-b"}
    assert "hidden" not in repr(Settings.from_env(GIVEN | {"RECORDS_DOCUMENTS_URL": "s3://bucket"} | keys))
