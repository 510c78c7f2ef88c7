"""What a school sends: the kinds of entries, what each is called in a path, and whom each may be meant for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.records.rules import audiences

RESULT: Final = "result"
MINISTERIAL_RESULT: Final = "ministerial_result"
ASSIGNMENT: Final = "assignment"
REPORT_CARD: Final = "report_card"
STATEMENT: Final = "statement"
TAX_SLIP: Final = "tax_slip"
FILE: Final = "file"
AGENDA_ENTRY: Final = "agenda_entry"
MESSAGE: Final = "message"
RESOURCE: Final = "resource"
CONTACT: Final = "contact"

_OF_STUDENTS: Final = (audiences.STUDENT,)
_OF_EVERYBODY: Final = (audiences.STUDENT, audiences.SCHOOL, audiences.ORGANISATION)
_OF_SCHOOLS: Final = (audiences.SCHOOL, audiences.ORGANISATION)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of entry; `path` is its plural in every URL."""

    name: str
    path: str
    audiences: tuple[str, ...]
    # Whether a PDF may stand beside it.
    has_document: bool = False
    # Whether one is made from the content where the school sends none.
    is_made: bool = False
    # Whether what is published of it carries a signature.
    is_signed: bool = False


_ALL: Final = (
    Kind(name=RESULT, path="results", audiences=_OF_STUDENTS, is_signed=True),
    Kind(name=MINISTERIAL_RESULT, path="ministerial-results", audiences=_OF_STUDENTS, is_signed=True),
    Kind(name=ASSIGNMENT, path="assignments", audiences=_OF_STUDENTS),
    Kind(
        name=REPORT_CARD, path="report-cards", audiences=_OF_STUDENTS, has_document=True, is_made=True, is_signed=True
    ),
    Kind(name=STATEMENT, path="statements", audiences=_OF_STUDENTS, has_document=True, is_made=True, is_signed=True),
    Kind(name=TAX_SLIP, path="tax-slips", audiences=_OF_STUDENTS, has_document=True, is_signed=True),
    Kind(name=FILE, path="files", audiences=_OF_STUDENTS),
    Kind(name=AGENDA_ENTRY, path="agenda", audiences=_OF_EVERYBODY),
    Kind(name=MESSAGE, path="messages", audiences=_OF_EVERYBODY),
    Kind(name=RESOURCE, path="resources", audiences=_OF_SCHOOLS),
    Kind(name=CONTACT, path="contacts", audiences=_OF_SCHOOLS),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
BY_PATH: Final[Mapping[str, Kind]] = MappingProxyType({kind.path: kind for kind in _ALL})
