from datetime import date

import pytest

from services.enrollment.rules import case_disclosure, matching
from services.enrollment.rules.identifiers import Identifier

CLAIM = matching.Claim(last_name="Cote", first_name="Eloise", birth_on=date(2014, 3, 9))
NUMBER = Identifier(kind="file_number", value="1000001")
CODE = Identifier(kind="permanent_code", value="TREZ71531101")
FIELDS = ("last_name", "first_name", "birth_date", "identifier")


@pytest.mark.requirement("EN-15")
def test_shown_shows_the_fields_that_differ() -> None:
    shown = case_disclosure.shown(CLAIM, NUMBER, differing=("first_name", "identifier"), is_child_known=True)
    assert shown == {"first_name": "Eloise", "identifier": "1000001"}


@pytest.mark.requirement("EN-15")
@pytest.mark.parametrize(
    ("differing", "is_child_known"),
    [
        ((*FIELDS, "email"), True),
        ((*FIELDS, "pin"), True),
        (("email",), True),
        (FIELDS, False),
        ((), True),
        (("status", "disputed"), True),
    ],
)
def test_shown_shows_nothing_else(differing: tuple[str, ...], is_child_known: bool) -> None:
    assert case_disclosure.shown(CLAIM, NUMBER, differing=differing, is_child_known=is_child_known) == {}


def test_shown_never_shows_a_permanent_code() -> None:
    shown = case_disclosure.shown(CLAIM, CODE, differing=FIELDS, is_child_known=True)
    assert set(shown) == {"last_name", "first_name", "birth_date"}
