"""What a school says of the document that it sends, and what it is told of it."""

from typing import Final

import marshmallow as ma

from services.records.rules import documents
from shared.fields import In, Line

_NOT_A_NAME: Final = (
    'Le nom d’un fichier ne contient aucun de ces caractères : / \\ : * ? " < > | '
    '| The name of a file has none of these characters: / \\ : * ? " < > |'
)


class DocumentNameIn(In):
    """What parents find the file as when they save it."""

    name = Line(
        longest=documents.LONGEST_NAME,
        load_default=None,
        metadata={
            "description": "What parents find the file as; when left out, what it is, its date and its year.",
            "example": "Bulletin étape 1.pdf",
        },
    )

    @ma.validates("name")
    def _may_be_name(self, value: str | None, **_rest: object) -> None:
        if value is not None and not documents.may_be_name(value):
            raise ma.ValidationError(_NOT_A_NAME)


class DocumentOut(ma.Schema):
    """The document that stands beside an entry."""

    sha256 = ma.fields.String(required=True, metadata={"description": "Of its content, in hexadecimal; also its ETag."})
    size = ma.fields.Integer(required=True, metadata={"description": "In bytes."})
    name = ma.fields.String(required=True, allow_none=True, metadata={"description": "As it was given, if it was."})
    received_at = ma.fields.AwareDateTime(required=True)
    revision = ma.fields.Integer(required=True, metadata={"description": "Of the entry, which is signed anew with it."})
