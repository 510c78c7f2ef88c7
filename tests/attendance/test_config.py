from datetime import timedelta

import pytest

from services.attendance.config import Settings
from shared.env import SettingsError

GIVEN = {
    "ATTENDANCE_DATABASE_URL": "sqlite:///attendance.db",
    "ATTENDANCE_BROKER_URL": "embedded:///log.db",
    "ATTENDANCE_PASSPORT_KEYS": "passport-key-of-the-tests-0123456789",
    "ATTENDANCE_SEAL_KEYS": "seal-key-of-the-tests-0123456789012",
    "ATTENDANCE_PSEUDONYM_KEYS": "pseudonym-key-of-the-tests-012345678",
}


def test_from_env_needs_a_database_a_log_and_keys() -> None:
    settings = Settings.from_env(GIVEN)
    assert (settings.port, settings.longest_notice) == (8083, timedelta(days=60))
    assert "of-the-tests" not in repr(settings)
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({})
    assert [mistake.split()[0] for mistake in refused.value.mistakes] == list(GIVEN)


@pytest.mark.requirement("KEY-3")
@pytest.mark.parametrize("ring", ["ATTENDANCE_SEAL_KEYS", "ATTENDANCE_PSEUDONYM_KEYS"])
def test_from_env_refuses_one_key_for_two_purposes(ring: str) -> None:
    with pytest.raises(SettingsError, match="the same key"):
        Settings.from_env(GIVEN | {ring: GIVEN["ATTENDANCE_PASSPORT_KEYS"]})
