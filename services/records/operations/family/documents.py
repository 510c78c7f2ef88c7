"""What goes out of an entry to a guardian, in the reader's language.

A content that says nothing in two languages, and to which its kind adds nothing, goes out as the text that it was checked and
signed as: parsing it, only to write it again, would cost more than finding it (performance.md).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from services.records.rules import kinds, mailboxes, paying
from services.records.rules.kinds import KINDS, Kind

# How a text in both languages is written in a canonical content. Within a string its quotes would be escaped.
_TWO_LANGUAGES: Final = '"fr":'

Content = dict[str, Any]


def listed(rows: Iterable[Any], *, kind: str, child_id: str, language: str) -> orjson.Fragment:
    """Return a list of entries, as it goes out."""
    write = _WRITERS[kind]
    return orjson.Fragment(f"[{','.join([write(row, child_id, language) for row in rows])}]")


def item(row: Any, *, kind: str, child_id: str, language: str) -> orjson.Fragment:
    """Return one entry, as it goes out."""
    return orjson.Fragment(_WRITERS[kind](row, child_id, language))


def _writer(kind: Kind) -> Callable[[Any, str, str], str]:
    """Return what writes an entry of a kind: its own members first, then those of its content.

    Identifiers, moments and signatures have no character that JSON escapes, and a content is an object with members.
    """
    add = _ADDED.get(kind.name)
    is_message = kind.name == kinds.MESSAGE

    def write(row: Any, child_id: str, language: str) -> str:
        entry_id, content, published_at, corrected_at, signature, document_digest = row[:6]
        own = f'{{"id":"{entry_id}","published_at":"{published_at}","corrected_at":{_string(corrected_at)},'
        if kind.is_signed:
            own += f'"signature":{_string(signature)},'
        if kind.has_document:
            has_document = kind.is_made or document_digest is not None
            path = f"/api/v1/children/{child_id}/{kind.path}/{entry_id}/document"
            own += f'"document":{_string(path if has_document else None)},'
        if is_message:
            own += '"is_read":true,' if row[6] else '"is_read":false,'
        if add is not None or _TWO_LANGUAGES in content:
            said: Content = orjson.loads(content)
            if _TWO_LANGUAGES in content:
                _choose(said, language)
            if add is not None:
                add(said, language)
            content = orjson.dumps(said).decode()
        return own + content[1:]

    return write


def _string(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def _choose(value: Any, language: str) -> None:
    """Put the reader's in the place of each text that is there in both languages."""
    for place, below in value.items() if type(value) is dict else enumerate(value):
        if type(below) is dict and "fr" in below:
            value[place] = below[language]
        elif type(below) is dict or type(below) is list:
            _choose(below, language)


def _add_payment(said: Content, language: str) -> None:
    said["ledger_label"] = paying.ledger_label(said["ledger"], language=language)
    said["how_to_pay"] = paying.how_to_pay(said["balance"], said["payee"], language=language)


def _add_mailboxes(said: Content, _language: str) -> None:
    teachers = [each for subject in said["subjects"] for each in subject["teachers"]]
    if said["homeroom_teacher"] is not None:
        teachers.append(said["homeroom_teacher"])
    for teacher in teachers:
        teacher["mailto"] = mailboxes.mailto(teacher["email"])


def _add_mailbox(said: Content, _language: str) -> None:
    said["mailto"] = mailboxes.mailto(said["email"])


_ADDED: Final[Mapping[str, Callable[[Content, str], None]]] = {
    kinds.STATEMENT: _add_payment,
    kinds.FILE: _add_mailboxes,
    kinds.CONTACT: _add_mailbox,
}
_WRITERS: Final[Mapping[str, Callable[[Any, str, str], str]]] = {name: _writer(kind) for name, kind in KINDS.items()}
