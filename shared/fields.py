"""Fields and schemas for what comes in: strict types, no control characters, messages in the reader's language."""

import re
import unicodedata
from typing import Any

import marshmallow as ma

from shared import texts

# Controls, and the marks that reorder or hide text (bidi overrides, zero-width): never part of a name or an address.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class In(ma.Schema):
    """What may come in: unknown fields are refused (ACC-14)."""

    class Meta:
        unknown = ma.RAISE


class Line(ma.fields.String):
    """One line of text for people's names and the like: NFC, no control characters, trimmed at both ends."""

    default_error_messages = {"unsafe": "Contains characters that are not accepted."}

    def __init__(self, *, longest: int, shortest: int = 1, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Length(min=shortest, max=longest), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if _UNSAFE.search(text):
            raise self.make_error("unsafe")
        return unicodedata.normalize("NFC", text).strip()


class Lines(Line):
    """A text of several lines, as `Line` otherwise; every kind of line's end comes in as one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(super(Lines, self)._deserialize(line, attr, data, **rest) for line in lines).strip()


class File(ma.fields.Field[bytes]):
    """A file in a form, taken whole into memory: only for small ones."""

    default_error_messages = {
        "invalid": "Not a valid file.",
        "too_large": "Larger than {mebibytes} MiB.",
    }

    def __init__(self, *, largest: int, **rest: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "binary"} | rest.pop("metadata", {}), **rest)
        self._largest = largest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> bytes:
        if not hasattr(value, "read"):
            raise self.make_error("invalid")
        content: bytes = value.read(self._largest + 1)
        if len(content) > self._largest:
            raise self.make_error("too_large", mebibytes=self._largest >> 20)
        return content


class Secret(ma.fields.String):
    """A password or code: taken exactly as given, bounded in length, never printed."""

    def __init__(self, *, longest: int, **rest: Any) -> None:
        super().__init__(validate=ma.validate.Length(max=longest), load_only=True, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise self.make_error("invalid")
        return text


class WholeNumber(ma.fields.Integer):
    """A JSON integer: `true`, `1.0` and `"1"` are not numbers here."""

    def __init__(self, *, least: int, most: int, **rest: Any) -> None:
        super().__init__(strict=True, validate=ma.validate.Range(min=least, max=most), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **rest)


_FRENCH = {
    "Missing data for required field.": "Ce champ est obligatoire.",
    "Field may not be null.": "Ce champ ne peut pas être nul.",
    "Unknown field.": "Ce champ n’existe pas.",
    "Not a valid string.": "Ce champ doit être un texte.",
    "Not a valid integer.": "Ce champ doit être un nombre entier.",
    "Not a valid number.": "Ce champ doit être un nombre.",
    "Not a valid boolean.": "Ce champ doit être vrai ou faux.",
    "Not a valid date.": "Ce champ doit être une date qui existe, au format AAAA-MM-JJ.",
    "Not a valid list.": "Ce champ doit être une liste.",
    "Not a valid email address.": "Ce champ doit être une adresse courriel valide.",
    "Not a valid file.": "Ce champ doit être un fichier.",
    "Invalid input type.": "La demande doit être un objet JSON.",
    "Contains characters that are not accepted.": "Ce champ contient des caractères qui ne sont pas acceptés.",
    "Invalid value.": "Cette valeur n’est pas acceptée.",
}
_FRENCH_SHAPES = [
    (re.compile(r"Shorter than minimum length (\d+)\."), "Ce champ doit avoir au moins {0} caractère(s)."),
    (re.compile(r"Larger than (\d+) MiB\."), "Le fichier doit avoir au plus {0} Mio."),
    (re.compile(r"Longer than maximum length (\d+)\."), "Ce champ doit avoir au plus {0} caractères."),
    (re.compile(r"Length must be between (\d+) and (\d+)\."), "Ce champ doit avoir de {0} à {1} caractères."),
    (re.compile(r"Length must be (\d+)\."), "Ce champ doit avoir {0} caractères."),
    (re.compile(r"Must be one of: (.+)\."), "Les valeurs possibles sont : {0}."),
    (re.compile(r"Must be greater than or equal to (-?\d+)\."), "La plus petite valeur permise est {0}."),
    (re.compile(r"Must be less than or equal to (-?\d+)\."), "La plus grande valeur permise est {0}."),
    (
        re.compile(r"Must be greater than or equal to (-?\d+) and less than or equal to (-?\d+)\."),
        "La valeur doit être de {0} à {1}.",
    ),
]


def french(message: str) -> str:
    """Return a validation message in French; one of our own, already bilingual by its key, comes back as it is."""
    if message in _FRENCH:
        return _FRENCH[message]
    for shape, text in _FRENCH_SHAPES:
        if found := shape.fullmatch(message):
            return text.format(*found.groups())
    return message


def said_in(language: str, message: str) -> str:
    """Return `message` in `language`."""
    if texts.BILINGUAL_SEPARATOR in message:
        return texts.half(language, message)
    return french(message) if language == "fr" else message
