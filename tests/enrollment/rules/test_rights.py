from datetime import date
from typing import Any

import pytest

from services.enrollment.rules import rights

TODAY = date(2026, 1, 15)
EVERY_GUARDIAN = ("report_absences", "view_file")


def of(**said: Any) -> tuple[str, ...]:
    return rights.of([rights.Guardianship(**{"is_principal": False, **said})], on=TODAY)


def test_of_gives_every_guardian_the_file_when_the_registry_is_silent() -> None:
    assert of() == EVERY_GUARDIAN


def test_of_gives_re_registration_to_the_principal_guardian() -> None:
    assert of(is_principal=True) == ("re_register", *EVERY_GUARDIAN)


def test_of_gives_what_the_registry_says() -> None:
    assert of(rights=["view_file"]) == ("view_file",)
    assert of(rights=["see_transport", "view_file"]) == ("see_transport", "view_file")
    assert of(rights=[], is_principal=True) == ()


@pytest.mark.parametrize("restrictions", [["no_access"], ["supervised_visits"], ["no_view_file", "no_access"]])
def test_of_closes_the_file_to_a_restriction_that_is_not_about_one_right(restrictions: list[str]) -> None:
    assert of(restrictions=restrictions, is_principal=True) == ()


def test_of_takes_one_right_away() -> None:
    assert of(restrictions=["no_report_absences"]) == ("view_file",)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_open"),
    [
        (None, None, True),
        (date(2026, 1, 15), None, True),
        (date(2026, 1, 16), None, False),
        (None, date(2026, 1, 15), True),
        (None, date(2026, 1, 14), False),
        (date(2026, 1, 15), date(2026, 1, 15), True),
    ],
)
def test_of_counts_the_days_of_a_guardianship(starts_on: date | None, ends_on: date | None, is_open: bool) -> None:
    assert bool(of(starts_on=starts_on, ends_on=ends_on)) is is_open


def test_of_adds_the_guardians_who_share_a_mailbox() -> None:
    one = rights.Guardianship(is_principal=False, restrictions=["no_access"])
    other = rights.Guardianship(is_principal=True, rights=["view_file"])
    assert rights.of([one, other], on=TODAY) == ("view_file",)
    assert rights.of([], on=TODAY) == ()


# With a PIN.

GUARDIAN = rights.Guardianship(is_principal=False)
PRINCIPAL = rights.Guardianship(is_principal=True)
RESTRICTED = rights.Guardianship(is_principal=True, restrictions=["no_access"])


@pytest.mark.requirement("CHD-14", "EN-02")
@pytest.mark.parametrize(
    ("own", "pin", "expected"),
    [
        ([], None, ()),
        ([GUARDIAN], None, EVERY_GUARDIAN),
        ([], rights.Pin(None), EVERY_GUARDIAN),
        ([], rights.Pin([PRINCIPAL]), ("re_register", *EVERY_GUARDIAN)),
        ([], rights.Pin([RESTRICTED]), ()),
        # The guardian whom it names has left the file.
        ([], rights.Pin([]), ()),
        # The file knows the mailbox: no PIN lifts what it says.
        ([RESTRICTED], rights.Pin(None), ()),
        ([RESTRICTED], rights.Pin([PRINCIPAL]), ()),
        ([GUARDIAN], rights.Pin([PRINCIPAL]), EVERY_GUARDIAN),
    ],
)
def test_of_account_lets_a_pin_stand_in_for_an_unknown_mailbox_alone(
    own: list[rights.Guardianship], pin: rights.Pin | None, expected: tuple[str, ...]
) -> None:
    assert rights.of_account(own, pin=pin, on=TODAY) == expected
