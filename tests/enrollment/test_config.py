import ipaddress
from datetime import timedelta

import pytest

from services.enrollment.config import Settings
from shared.env import SettingsError

COMPLETE = {
    "ENROLLMENT_DATABASE_URL": "sqlite:///enrollment.db",
    "ENROLLMENT_BROKER_URL": "embedded:///log.db",
    "ENROLLMENT_PASSPORT_KEYS": "passport-key-0123456789-abcdefghijkl",
    "ENROLLMENT_DIGEST_KEYS": "digest-key-0123456789-abcdefghijklmn",
    "ENROLLMENT_SEAL_KEYS": "seal-key-0123456789-abcdefghijklmnop",
    "ENROLLMENT_PSEUDONYM_KEYS": "Qb4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pz",
    "ENROLLMENT_SMTP_URL": "smtp://127.0.0.1:1",
    "PUBLIC_URL": "https://portail.example",
}


def test_from_env_takes_the_limits_of_the_requirements_by_default() -> None:
    settings = Settings.from_env(COMPLETE)
    per_account = (
        settings.claims_per_account_hour,
        settings.claims_per_account_day,
        settings.claims_per_account_month,
    )
    assert per_account == (5, 10, 30)
    assert (settings.claims_per_address_hour, settings.claims_per_wide_address_hour) == (20, 200)
    assert (settings.claims_per_child_day, settings.claims_per_child_month) == (5, 15)
    assert (settings.permanent_codes_per_child, settings.claims_per_number_day) == (10, 5)
    assert (settings.most_children, settings.oldest_student) == (20, 22)
    assert settings.wide_networks == ()


def test_from_env_reads_what_is_given() -> None:
    given = {
        **COMPLETE,
        "ENROLLMENT_WIDE_NETWORKS": "10.0.0.0/8, 2001:db8::/32",
        "ENROLLMENT_REJECTED_CLAIMS_KEPT": "86400",
        "ENROLLMENT_DIGEST_KEYS": "older-key-0123456789-abcdefghijklmno, newer-key-0123456789-abcdefghijklmno",
    }
    settings = Settings.from_env(given)
    assert settings.wide_networks == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))
    assert settings.rejected_claims_kept == timedelta(days=1)
    assert len(settings.digest_keys) == 2


def test_from_env_names_everything_that_is_missing() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"ENROLLMENT_PORT": "x"})
    said = str(refused.value)
    assert [name for name in (*COMPLETE, "ENROLLMENT_PORT") if name not in said] == []


@pytest.mark.requirement("KEY-3")
@pytest.mark.parametrize("other", ["ENROLLMENT_PASSPORT_KEYS", "ENROLLMENT_SEAL_KEYS", "ENROLLMENT_PSEUDONYM_KEYS"])
def test_from_env_refuses_one_key_for_two_purposes(other: str) -> None:
    with pytest.raises(SettingsError, match="the same key stands in two"):
        Settings.from_env({**COMPLETE, other: COMPLETE["ENROLLMENT_DIGEST_KEYS"]})


@pytest.mark.requirement("KEY-4")
def test_settings_do_not_print_their_keys() -> None:
    printed = repr(Settings.from_env(COMPLETE))
    assert [name for name in COMPLETE if name.endswith("_KEYS") and COMPLETE[name] in printed] == []
