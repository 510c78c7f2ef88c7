"""The tiles of a child's portal, in the guides' own order and words, and which of them a child has (RE-01, RE-17).

By level: there is no agenda in primary (RE-02), the ministry's results are of secondary 4 and 5 (RE-04), and tax slips are for
children in the school daycare (RE-10). By organisation: it may offer some tiles and not others, in its own order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.records.rules import kinds, levels, ministerial

AGENDA: Final = "agenda"
ABSENCES: Final = "absences"
RESULTS: Final = "results"
FINANCES: Final = "finances"
FILE: Final = "file"
MESSAGES: Final = "messages"
RESOURCES: Final = "resources"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A tab of a tile; `path` comes after the child's own."""

    code: str
    french: str
    english: str
    path: str
    # What it shows; None where another service answers.
    kind: str | None = None

    def label(self, language: str) -> str:
        """Return what it is called in `language`."""
        return self.english if language == "en" else self.french


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A tile, and its tabs."""

    code: str
    french: str
    english: str
    sections: tuple[Section, ...]
    # « À l'entrée du Portail, cette tuile s'affiche automatiquement » (RE-14).
    opens_on_entry: bool = False

    def label(self, language: str) -> str:
        """Return what it is called in `language`."""
        return self.english if language == "en" else self.french


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a child is at school, as far as anybody has told, and what its organisation offers."""

    level: str | None
    grade: str | None
    # Codes of tiles in the organisation's order; None: all of them.
    offered: tuple[str, ...] | None = None


TILES: Final = (
    Tile(
        code=AGENDA,
        french="Agenda",
        english="Agenda",
        sections=(Section(code="agenda", french="Agenda", english="Agenda", path="agenda", kind=kinds.AGENDA_ENTRY),),
    ),
    Tile(
        code=ABSENCES,
        french="Absences",
        english="Absences",
        sections=(
            Section(code="absences", french="Absences", english="Absences", path="absences"),
            Section(
                code="absences_to_motivate",
                french="Absences à motiver",
                english="Absences to motivate",
                path="absences?status=to_motivate",
            ),
            Section(
                code="absence_notices",
                french="Aviser l’école d’une absence à venir",
                english="Tell the school of an absence to come",
                path="absence-notices",
            ),
        ),
    ),
    Tile(
        code=RESULTS,
        french="Résultats",
        english="Results",
        sections=(
            Section(code="results", french="Résultats", english="Results", path="results", kind=kinds.RESULT),
            Section(
                code="ministerial_results",
                french="Résultats ministériels",
                english="Ministerial results",
                path="ministerial-results",
                kind=kinds.MINISTERIAL_RESULT,
            ),
            Section(
                code="assignments",
                french="Résultats et travaux",
                english="Results and assignments",
                path="assignments",
                kind=kinds.ASSIGNMENT,
            ),
            Section(
                code="report_cards",
                french="Bulletins",
                english="Report cards",
                path="report-cards",
                kind=kinds.REPORT_CARD,
            ),
        ),
    ),
    Tile(
        code=FINANCES,
        french="Finances",
        english="Finances",
        sections=(
            Section(
                code="statements",
                french="États de compte",
                english="Statements of account",
                path="statements",
                kind=kinds.STATEMENT,
            ),
            Section(
                code="tax_slips", french="Relevés fiscaux", english="Tax slips", path="tax-slips", kind=kinds.TAX_SLIP
            ),
        ),
    ),
    Tile(
        code=FILE,
        french="Dossiers",
        english="File",
        sections=(
            Section(code="file", french="Dossier de l’élève", english="Student’s file", path="file", kind=kinds.FILE),
        ),
    ),
    Tile(
        code=MESSAGES,
        french="Messages",
        english="Messages",
        sections=(
            Section(
                code="messages",
                french="Messages de l’école",
                english="Messages from the school",
                path="messages",
                kind=kinds.MESSAGE,
            ),
        ),
        opens_on_entry=True,
    ),
    Tile(
        code=RESOURCES,
        french="Ressources",
        english="Resources",
        sections=(
            Section(code="resources", french="Ressources", english="Resources", path="resources", kind=kinds.RESOURCE),
        ),
    ),
)
CODES: Final = tuple(tile.code for tile in TILES)
BY_CODE: Final[Mapping[str, Tile]] = MappingProxyType({tile.code: tile for tile in TILES})
# Which tile shows a kind; a contact stands below all of them (« Nous joindre »).
OF_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {section.kind: tile.code for tile in TILES for section in tile.sections if section.kind is not None}
)


def is_offered(kind: str, offered: Collection[str] | None) -> bool:
    """Tell whether the organisation shows entries of a kind at all (RE-17)."""
    return offered is None or kind not in OF_KIND or OF_KIND[kind] in offered


def may_have(kind: str, place: Place) -> bool:
    """Tell whether a child of this level, grade and organisation has entries of a kind, whatever its school sent."""
    if not is_offered(kind, place.offered):
        return False
    if kind == kinds.AGENDA_ENTRY:
        return place.level != levels.PRIMARY
    if kind == kinds.MINISTERIAL_RESULT:
        return ministerial.is_applicable(level=place.level, grade=place.grade)
    return True


def of_child(place: Place, *, has_daycare: bool) -> list[tuple[Tile, Sequence[Section]]]:
    """Return the tiles that a child has, in their order, each with the tabs that it has."""
    codes = CODES if place.offered is None else place.offered
    found: list[tuple[Tile, Sequence[Section]]] = []
    for tile in (BY_CODE[code] for code in codes if code in BY_CODE):
        sections = [each for each in tile.sections if _has(each, place, has_daycare=has_daycare)]
        if sections:
            found.append((tile, sections))
    return found


def _has(section: Section, place: Place, *, has_daycare: bool) -> bool:
    if section.kind == kinds.TAX_SLIP:
        return has_daycare
    return section.kind is None or may_have(section.kind, place)
