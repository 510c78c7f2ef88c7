"""Statements of account and tax slips (RE-08 to RE-11)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Final

import marshmallow as ma

from services.records.rules import school_years, social_insurance
from services.records.schemas.forms import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT, Amount, Day, Phrase
from services.records.schemas.kinds.people import SchoolShown, SchoolShownOut, StudentShown, StudentShownOut
from services.records.schemas.kinds.sending import DocumentedOut, LineIn, StudentEntryIn
from shared.fields import In, Line, WholeNumber

# « Les états de compte de l'école, de l'Intersport et du service de garde » (003).
LEDGERS: Final = ("school", "sports", "daycare")
SLIP_TYPES: Final = ("rl_24", "receipt")
MOST_LINES: Final = 500
MOST_BOXES: Final = 20
_DUE_BEFORE: Final = "L’échéance vient avant la date de l’état de compte. | It is due before it was issued."
_SOCIAL_INSURANCE: Final = (
    "Ceci ressemble à un numéro d’assurance sociale : n’en envoyez pas. | "
    "This looks like a social insurance number: send none."
)


class StatementLineContent(In):
    """A charge, or a payment (negative)."""

    on = Day(allow_none=True, load_default=None)
    description = Phrase(required=True)
    amount = Amount(required=True)


class PayeeContent(In):
    """Under which name and number the school is found at one's bank (RE-09); no card is ever asked for."""

    name = Line(longest=LONGEST_NAME, required=True)
    reference = Line(longest=LONGEST_CODE, required=True)
    instructions = Phrase(longest=LONGEST_TEXT, has_lines=True, allow_none=True, load_default=None)


class StatementContent(In):
    """A statement of account of one ledger."""

    ledger = ma.fields.String(required=True, validate=ma.validate.OneOf(LEDGERS))
    title = Phrase(allow_none=True, load_default=None)
    number = Line(longest=LONGEST_CODE, allow_none=True, load_default=None)
    issued_on = Day(required=True)
    due_on = Day(allow_none=True, load_default=None)
    period = Phrase(allow_none=True, load_default=None)
    student = ma.fields.Nested(StudentShown, allow_none=True, load_default=None)
    school = ma.fields.Nested(SchoolShown, allow_none=True, load_default=None)
    lines = ma.fields.List(
        ma.fields.Nested(StatementLineContent), load_default=list, validate=ma.validate.Length(max=MOST_LINES)
    )
    balance = Amount(required=True, metadata={"description": "What is owed; negative: what the family is owed."})
    payee = ma.fields.Nested(PayeeContent, allow_none=True, load_default=None)

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_order(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if said["due_on"] is not None and said["due_on"] < said["issued_on"]:
            raise ma.ValidationError(_DUE_BEFORE, field_name="due_on")


class StatementIn(StatementContent, StudentEntryIn):
    """A statement of account as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("issued_on",)


class StatementLineIn(StatementIn, LineIn):
    """A statement of account as a line of many."""


class LineOut(ma.Schema):
    """A charge, or a payment (negative)."""

    on = ma.fields.Date(required=True, allow_none=True)
    description = ma.fields.String(required=True)
    amount = ma.fields.String(required=True, metadata={"example": "42.50"})


class PayeeOut(ma.Schema):
    """Under which name and number the school is found at one's bank (RE-09)."""

    name = ma.fields.String(required=True)
    reference = ma.fields.String(required=True)
    instructions = ma.fields.String(required=True, allow_none=True)


class StatementOut(DocumentedOut):
    """A statement of account as parents read it, with how to pay (RE-08, RE-09, RE-11)."""

    ledger = ma.fields.String(required=True, validate=ma.validate.OneOf(LEDGERS))
    ledger_label = ma.fields.String(required=True, metadata={"example": "Service de garde"})
    title = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.String(required=True, allow_none=True)
    issued_on = ma.fields.Date(required=True)
    due_on = ma.fields.Date(required=True, allow_none=True)
    period = ma.fields.String(required=True, allow_none=True)
    student = ma.fields.Nested(StudentShownOut, required=True, allow_none=True)
    school = ma.fields.Nested(SchoolShownOut, required=True, allow_none=True)
    lines = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    balance = ma.fields.String(required=True, metadata={"example": "42.50"})
    payee = ma.fields.Nested(PayeeOut, required=True, allow_none=True)
    how_to_pay = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where there is a balance: at one's bank or caisse; nothing is paid here (RE-09)."},
    )


class BoxContent(In):
    """A box of a tax slip, as its form calls it."""

    box = Line(longest=LONGEST_CODE, required=True)
    label = Phrase(allow_none=True, load_default=None)
    amount = Amount(required=True)


class TaxSlipContent(In):
    """A tax slip of the school daycare: without anybody's social insurance number."""

    type = ma.fields.String(required=True, validate=ma.validate.OneOf(SLIP_TYPES))
    year = WholeNumber(least=1990, most=2199, required=True, metadata={"description": "The year it is of."})
    issued_on = Day(required=True)
    recipient = Line(longest=LONGEST_NAME, allow_none=True, load_default=None)
    student = ma.fields.Nested(StudentShown, allow_none=True, load_default=None)
    school = ma.fields.Nested(SchoolShown, allow_none=True, load_default=None)
    amount = Amount(required=True)
    days = WholeNumber(least=0, most=366, allow_none=True, load_default=None)
    boxes = ma.fields.List(ma.fields.Nested(BoxContent), load_default=list, validate=ma.validate.Length(max=MOST_BOXES))

    @ma.validates_schema(skip_on_field_errors=True)
    def _names_nobody(self, said: Mapping[str, Any], **_rest: Any) -> None:
        for name in ("recipient", "student", "boxes"):
            if any(social_insurance.holds_number(text) for text in _texts(said[name])):
                raise ma.ValidationError(_SOCIAL_INSURANCE, field_name=name)


class TaxSlipIn(TaxSlipContent, StudentEntryIn):
    """A tax slip as a school sends it."""

    sorts_by: ClassVar[tuple[str, ...]] = ("issued_on",)

    def _year_of(self, said: Mapping[str, Any]) -> str | None:
        # That of the spring of the year that it is of.
        return school_years.name(date(said["year"], 1, 1))


class TaxSlipLineIn(TaxSlipIn, LineIn):
    """A tax slip as a line of many."""


class BoxOut(ma.Schema):
    """A box of a tax slip, as its form calls it."""

    box = ma.fields.String(required=True)
    label = ma.fields.String(required=True, allow_none=True)
    amount = ma.fields.String(required=True)


class TaxSlipOut(DocumentedOut):
    """A tax slip as parents read it: only for children in the school daycare (RE-10)."""

    type = ma.fields.String(required=True, validate=ma.validate.OneOf(SLIP_TYPES))
    year = ma.fields.Integer(required=True, metadata={"description": "The year it is of.", "example": 2026})
    issued_on = ma.fields.Date(required=True)
    recipient = ma.fields.String(required=True, allow_none=True, metadata={"description": "Who paid."})
    student = ma.fields.Nested(StudentShownOut, required=True, allow_none=True)
    school = ma.fields.Nested(SchoolShownOut, required=True, allow_none=True)
    amount = ma.fields.String(required=True, metadata={"example": "1834.00"})
    days = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "Days of daycare."})
    boxes = ma.fields.List(ma.fields.Nested(BoxOut), required=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, below in value.items():
            if name != "amount":
                yield from _texts(below)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
