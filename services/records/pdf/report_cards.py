"""The sheet of a report card, or of the first communication of the year (RE-06)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.records.pdf import sheets
from services.records.pdf.sheets import Content, Sheet
from services.records.pdf.wording import Wording

TEMPLATE: Final = "report_card.typ"
_FIRST_COMMUNICATION: Final = "first_communication"
_PART: Final = "report_card"
# A school may send one without any of them, to join a PDF of its own to it.
_PARTS: Final = ("subjects", "comments", "absences", "decision")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its head, and what it shows of a subject and of a competency: None where a mark may still come."""

    lines: list[str]
    of_subject: Callable[[Content], str | None]
    of_competency: Callable[[Content], str | None]

    def has_anything(self, subjects: Iterable[Content]) -> bool:
        """Tell whether it would show anything."""
        return any(
            self.of_subject(each) or any(self.of_competency(below) for below in each.get("competencies", ()))
            for each in subjects
        )


def sheet(content: Content, wording: Wording, *, url: str) -> Sheet:
    """Return what the page says of a report card's content, in the words of a language."""
    heading = wording.say(_PART, "first_communication" if content["type"] == _FIRST_COMMUNICATION else "heading")
    term, school_year = content.get("term"), content["school_year"]
    subtitle = (
        wording.say(_PART, "subtitle_of_year", school_year=school_year)
        if term is None or content["type"] == _FIRST_COMMUNICATION
        else wording.say(_PART, "subtitle", term=term, school_year=school_year)
    )
    about = [("homeroom_teacher", content.get("homeroom_teacher")), ("issued_on", wording.day(content["issued_on"]))]
    subjects = content.get("subjects", ())
    columns = [each for each in _columns(content, wording) if each.has_anything(subjects)]
    return sheets.begin(content, wording, heading=heading, subtitle=subtitle, about=about, url=url) | {
        "subjects_title": wording.say(_PART, "subjects"),
        "columns": [
            {"lines": wording.lines(_PART, "column_subject"), "is_text": True},
            *({"lines": each.lines, "is_text": False} for each in columns),
        ],
        "groups": [_group(each, columns, wording) for each in subjects],
        "sections": [*_sections(content, wording)],
        "absences": _absences(content, wording),
    }


def _columns(content: Content, wording: Wording) -> Iterator[Column]:
    subjects = content.get("subjects", ())
    yield Column(
        lines=wording.lines(_PART, "column_weight"),
        of_subject=_empty,
        of_competency=lambda below: _percent(below.get("weight"), wording),
    )
    for term in (1, 2, 3):
        head = wording.lines(_PART, "column_term", term=term)
        weights = {_of_term(each, term).get("weight") for each in subjects} - {None}
        if len(weights) == 1:
            head.append(wording.percent(weights.pop()))
        yield Column(lines=head, of_subject=_mark(term), of_competency=_mark(term))
    yield Column(
        lines=wording.lines(_PART, "column_average"),
        of_subject=lambda each: _percent(_of_term(each, content.get("term")).get("group_average"), wording),
        of_competency=lambda each: _percent(_of_term(each, content.get("term")).get("group_average"), wording),
    )
    yield Column(
        lines=wording.lines(_PART, "column_final"),
        of_subject=lambda each: each.get("final_mark") or _mark(None)(each),
        of_competency=lambda below: _mark(None)(below) or "",
    )
    yield Column(
        lines=wording.lines(_PART, "column_units"),
        of_subject=lambda each: "" if each.get("units") is None else str(each["units"]),
        of_competency=_empty,
    )


def _group(subject: Content, columns: list[Column], wording: Wording) -> dict[str, Any]:
    nothing = wording.say("sheet", "nothing")
    rows = [
        {
            "is_result": False,
            "cells": [
                wording.choose(each["name"]),
                *(_cell(column.of_competency(each), nothing) for column in columns),
            ],
        }
        for each in subject.get("competencies", ())
    ]
    if columns:
        marks = [_cell(column.of_subject(subject), nothing) for column in columns]
        rows.append({"is_result": True, "cells": [wording.say(_PART, "subject_mark"), *marks]})
    return {
        "name": sheets.breakable(wording.choose(subject["name"])),
        "aside": subject.get("teacher"),
        "rows": rows,
        "notes": [*_notes(subject, wording)],
    }


def _notes(subject: Content, wording: Wording) -> Iterator[dict[str, Any]]:
    for each in subject.get("competencies", ()):
        if (comment := wording.choose(each.get("comment"))) is not None:
            label = wording.say(_PART, "comment_of", competency=wording.choose(each["name"]))
            yield {"label": label, "lines": sheets.lines(comment)}
    if (comment := wording.choose(subject.get("comment"))) is not None:
        yield {"label": wording.say(_PART, "comment"), "lines": sheets.lines(comment)}


def _sections(content: Content, wording: Wording) -> Iterator[dict[str, Any]]:
    if comments := content.get("comments"):
        said = [sheets.lines(wording.choose(each) or "") for each in comments]
        yield {"title": wording.say(_PART, "comments"), "paragraphs": said}
    if (decision := wording.choose(content.get("decision"))) is not None:
        yield {"title": wording.say(_PART, "decision"), "paragraphs": [sheets.lines(decision)]}
    if not any(content.get(part) for part in _PARTS):
        yield {"title": wording.say(_PART, "subjects"), "paragraphs": [[wording.say(_PART, "nothing")]]}


def _absences(content: Content, wording: Wording) -> dict[str, Any] | None:
    terms = content.get("absences")
    if not terms:
        return None
    has_late = any(each.get("late_count") is not None for each in terms)
    nothing = wording.say("sheet", "nothing")
    names = ("column_absences", "column_late") if has_late else ("column_absences",)
    rows = []
    for each in sorted(terms, key=lambda one: int(one["term"])):
        late = each.get("late_count")
        row = [wording.say(_PART, "column_term", term=each["term"]), str(each["count"])]
        rows.append([*row, nothing if late is None else str(late)] if has_late else row)
    return {
        "title": wording.say(_PART, "absences"),
        "columns": [wording.say(_PART, "column_of_terms"), *(wording.say(_PART, name) for name in names)],
        "rows": rows,
    }


def _mark(term: int | None) -> Callable[[Content], str | None]:
    return lambda each: _of_term(each, term).get("mark")


def _of_term(each: Content, term: int | None) -> Mapping[str, Any]:
    return next((found for found in each.get("terms", ()) if found.get("term") == term), {})


def _percent(number: float | None, wording: Wording) -> str:
    return "" if number is None else wording.percent(number)


def _cell(shown: str | None, nothing: str) -> str:
    return nothing if shown is None else sheets.breakable(shown)


def _empty(_each: Content) -> str:
    return ""
