"""What guardians ask for, and what they read: tiles, and the lists of each kind, which say why they are empty."""

from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma

from services.records.rules import emptiness, kinds, tiles
from services.records.schemas.forms import Day, SchoolYear
from services.records.schemas.kinds import SHAPES
from services.records.schemas.kinds.files import FileOut
from services.records.schemas.kinds.news import ContactOut
from shared.document_shapes import Out
from shared.fields import In

_DAYS_REVERSED: Final = "La fin vient avant le début. | The end comes before the beginning."


class ItemFilter(ma.Schema):
    """Which entries to list; without any of these, all of them. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    school_year = SchoolYear(
        load_default=None, metadata={"description": "From July to June; when left out, of every year."}
    )
    first_on = Day(data_key="from", load_default=None, metadata={"description": "The first day that counts."})
    last_on = Day(data_key="to", load_default=None, metadata={"description": "The last day that counts."})

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_order(self, said: Mapping[str, Any], **_rest: Any) -> None:
        if None not in (said["first_on"], said["last_on"]) and said["last_on"] < said["first_on"]:
            raise ma.ValidationError(_DAYS_REVERSED, field_name="to")


class SectionOut(ma.Schema):
    """A tab of a tile."""

    code = ma.fields.String(required=True, metadata={"example": "report_cards"})
    label = ma.fields.String(required=True, metadata={"example": "Bulletins"})
    href = ma.fields.String(required=True, metadata={"description": "Where it is read."})


class TileOut(ma.Schema):
    """A tile of the child's portal (RE-01)."""

    code = ma.fields.String(required=True, validate=ma.validate.OneOf(tiles.CODES))
    label = ma.fields.String(required=True, metadata={"example": "Résultats"})
    opens_on_entry = ma.fields.Boolean(
        required=True, metadata={"description": "Whether it shows by itself when the portal is entered (RE-14)."}
    )
    unread_count = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Messages that this account has not read; null elsewhere."},
    )
    sections = ma.fields.List(ma.fields.Nested(SectionOut), required=True)


class TilesOut(Out):
    """The tiles that the child has, in their order."""

    tiles = ma.fields.List(ma.fields.Nested(TileOut), required=True)


def _empty_reason() -> ma.fields.String:
    return ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf((*emptiness.REASONS, None)),
        metadata={"description": "Why there is nothing; null where there is something."},
    )


def _list_of(kind: str, **more: ma.fields.Field[Any]) -> type[Out]:
    item = SHAPES[kind].out
    fields = {"items": ma.fields.List(ma.fields.Nested(item), required=True), "empty_reason": _empty_reason(), **more}
    named = f"{item.__name__.removesuffix('Out')}ListOut"
    found: type[Out] = type(named, (Out,), {"__doc__": f"A page of {kind.replace('_', ' ')}s.", **fields})
    return found


LISTS: Final[Mapping[str, type[Out]]] = {
    **{kind: _list_of(kind) for kind in SHAPES if kind not in (kinds.FILE, kinds.CONTACT, kinds.REPORT_CARD)},
    kinds.REPORT_CARD: _list_of(
        kinds.REPORT_CARD,
        contact=ma.fields.Nested(
            ContactOut,
            required=True,
            allow_none=True,
            metadata={
                "description": "Whom to ask for a report card that is not here (RE-07); null where there are some."
            },
        ),
    ),
}


class FileAnswerOut(Out):
    """The child's file, or why there is none."""

    file = ma.fields.Nested(FileOut, required=True, allow_none=True)
    empty_reason = _empty_reason()


class ContactAnswerOut(Out):
    """How the child's school is reached, or that nobody has said it."""

    contact = ma.fields.Nested(ContactOut, required=True, allow_none=True)
    empty_reason = _empty_reason()


class MessageReadIn(In):
    """Whether the account has read a message."""

    is_read = ma.fields.Boolean(required=True)


_UNKNOWN_TILE: Final = "Une tuile est nommée deux fois. | A tile is named twice."


class TileChoiceIn(In):
    """The tiles that the organisation offers, in its own order (RE-17)."""

    tiles = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(tiles.CODES)), required=True)

    @ma.validates("tiles")
    def _once_each(self, codes: list[str], data_key: str) -> None:
        if len(set(codes)) < len(codes):
            raise ma.ValidationError(_UNKNOWN_TILE)


class TileChoiceOut(Out):
    """The tiles that the organisation offers, in its own order."""

    tiles = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(tiles.CODES)), required=True)
