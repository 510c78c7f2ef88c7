"""What is sent of one child: the entries of each kind, as `/school/v1` takes them, out of the child's file of content."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from one_machine.furnishing.school_calendar import CONTENT, SchoolCalendar, Term

CONTENT_FILES: Final = tuple(sorted(CONTENT.glob("*.toml")))
_TOKEN: Final = re.compile(r"\{(day|date|off|year|spring)([+-][0-9]+)?\}")
_PERCENT: Final = "\u00a0%"
# A slip of the year before is there from the end of February on (Loi sur les impôts, relevé 24).
_SLIPS_OUT: Final = (2, 28)


@dataclass(frozen=True, kw_only=True)
class Pupil:
    """A child of the demonstration in its school's own system, and which file its content is in."""

    content: str
    source_id: str
    school_source_id: str
    first_name: str
    last_name: str
    file_number: str


class Sheaf:
    """Everything that one child's school has to send."""

    def __init__(self, pupil: Pupil, calendar: SchoolCalendar) -> None:
        self._pupil = pupil
        self._calendar = calendar
        said = tomllib.loads((CONTENT / f"{pupil.content}.toml").read_text("utf-8"))
        self._said: dict[str, Any] = self._dated(said)

    def decisions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield path and document of what a school decides once: its days, bells, rules and reasons."""
        for year in self._calendar.days:
            days_off = [day.isoformat() for day in year["days_off"]]
            first, last = year["first_day"].isoformat(), year["last_day"].isoformat()
            yield "school-years", {"first_day": first, "last_day": last, "days_off": days_off}
        yield "attendance-rules", self._said["attendance_rules"]
        yield "bell-times", self._said["bell_times"]
        if "absence_reasons" in self._said:
            yield "absence-reasons", {"reasons": self._said["absence_reasons"]}
        if "ministerial_session" in self._said:
            session = dict(self._said["ministerial_session"])
            yield f"ministerial-sessions/{session.pop('session')}", session

    def absences(self) -> list[dict[str, Any]]:
        """Return the absences, as lines."""
        return [self._own(each) for each in self._said["absences"]]

    def records(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield the path of each kind of record, and its lines."""
        yield "results", [*self._results()]
        yield "report-cards", [*self._report_cards()]
        yield "ministerial-results", [self._own(each) for each in self._said.get("ministerial_results", ())]
        yield "assignments", [self._own(each) for each in self._said.get("assignments", ())]
        yield "statements", [self._documented(each) for each in self._said.get("statements", ())]
        yield "tax-slips", [self._tax_slip(each) for each in self._said.get("tax_slips", ())]
        yield "files", [self._file()]
        yield "agenda", [self._for_one_or_all(each) for each in self._said.get("agenda", ())]
        yield "messages", [self._own(each) for each in self._said.get("messages", ())]
        yield "resources", [self._of_school(each) for each in self._said.get("resources", ())]
        contact = {"source_id": "contact", "name": self._said["school"]["name"], **self._said["contact"]}
        yield "contacts", [self._of_school(contact)]

    def releases(self) -> list[str]:
        """Return the releases that the records name: each is of a term, or of a slip, whose moment has come."""
        return sorted({line["release"] for _, lines in self.records() for line in lines if "release" in line})

    def campaign(self) -> dict[str, Any] | None:
        """Return the re-registration campaign for the next year, where the school has one."""
        planned = self._said.get("campaign")
        if planned is None:
            return None
        after = self._calendar.begins_in + 1
        return {"school_year": f"{after}-{after + 1}", **planned}

    def _results(self) -> Iterator[dict[str, Any]]:
        for subject in self._said["subjects"]:
            about = {"subject": subject["subject"], "subject_code": subject["code"]}
            for term, mark in zip(self._calendar.terms_before(), subject["last_year"], strict=False):
                yield self._result(term, f"{subject['code']}", about, mark)
            for term in self._calendar.terms():
                at = term.number - 1
                whole = {**about, "group_average": subject["averages"][at]}
                if "comment" in subject:
                    whole["comment"] = subject["comment"]
                yield self._result(term, f"{subject['code']}", whole, subject["marks"][at])
                for position, each in enumerate(subject["competencies"]):
                    part = {**about, "competency": each["name"], "weight": each["weight"]}
                    yield self._result(term, f"{subject['code']}-{position + 1}", part, each["marks"][at])

    def _result(self, term: Term, name: str, about: Mapping[str, Any], mark: int) -> dict[str, Any]:
        result = {"source_id": f"{term.school_year}-{term.number}-{name}", "term": term.number, **about, **_mark(mark)}
        return self._own({**result, "date": term.ends_on.isoformat(), "release": self._release(term)})

    def _report_cards(self) -> Iterator[dict[str, Any]]:
        year = self._calendar.school_year
        if "first_communication" in self._said:
            first = {"source_id": f"{year}-communication", "type": "first_communication", "school_year": year}
            issued_on = f"{self._calendar.begins_in}-10-15"
            yield self._documented({**first, "issued_on": issued_on, **self._said["first_communication"]})
        before, now = self._calendar.terms_before(), self._calendar.terms()
        if any(subject["last_year"] for subject in self._said["subjects"]):
            for term in before:
                yield self._report_card(before[: term.number], "last_year")
        for term in now:
            yield self._report_card(now[: term.number], "marks") | self._closing(term)

    def _report_card(self, terms: list[Term], marks: str) -> dict[str, Any]:
        term = terms[-1]
        card = {
            "source_id": f"{term.school_year}-{term.number}",
            "type": "report_card",
            "term": term.number,
            "school_year": term.school_year,
            "issued_on": term.issued_on.isoformat(),
            "homeroom_teacher": self._said["homeroom_teacher"]["name"],
            "subjects": [_subject(each, terms, marks) for each in self._said["subjects"] if each[marks]],
            "release": self._release(term),
        }
        return self._documented(card)

    def _closing(self, term: Term) -> dict[str, Any]:
        said = self._said["report_card"]
        absences = [{"term": at + 1, **each} for at, each in enumerate(said["absences"][: term.number])]
        return {"comments": said["comments"], "absences": absences}

    def _tax_slip(self, said: Mapping[str, Any]) -> dict[str, Any]:
        today = self._calendar.today
        year = today.year - 1 - ((today.month, today.day) < _SLIPS_OUT)
        named = f"{said['source_id']}-{year}"
        # With its document from the first moment that it is seen: what comes afterwards is a correction.
        dated = {"source_id": named, "year": year, "issued_on": f"{year + 1}-02-20", "release": named}
        return self._documented({**said, **dated})

    def _file(self) -> dict[str, Any]:
        taught = [
            {
                "subject": each["subject"],
                "subject_code": each["code"],
                "group": self._said["group"],
                "teachers": [{"name": each["teacher"], "email": self._address_of(each["teacher"])}],
            }
            for each in self._said["subjects"]
        ]
        about = {name: self._said[name] for name in ("grade", "group", "homeroom_teacher")}
        school_name = self._said["school"]["name"]
        filed = {"source_id": "file", "school_name": school_name, "subjects": taught, **about, **self._said["file"]}
        return self._own(filed | {"school_year": self._calendar.school_year})

    def _address_of(self, teacher: str) -> str | None:
        homeroom = self._said["homeroom_teacher"]
        email: str | None = homeroom["email"] if homeroom["name"] == teacher else None
        return email

    def _documented(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return a line that a document is made of: it shows the child and the school as the school writes them."""
        student = {
            "first_name": self._pupil.first_name,
            "last_name": self._pupil.last_name,
            "file_number": self._pupil.file_number,
            "group": self._said["group"],
            "grade": self._said["grade"],
        }
        return self._own({**said, "student": student, "school": self._said["school"]})

    def _for_one_or_all(self, said: Mapping[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in said.items() if name != "for_everybody"}
        return self._of_school(rest) if said.get("for_everybody") else self._own(rest)

    def _own(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return {**said, **self._named(said), "student_source_id": self._pupil.source_id}

    def _of_school(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return {**said, **self._named(said), "school_source_id": self._pupil.school_source_id}

    def _named(self, said: Mapping[str, Any]) -> dict[str, str]:
        return {"source_id": f"{self._pupil.content}-{said['source_id']}"}

    def _release(self, term: Term) -> str:
        return f"{self._pupil.content}-{term.school_year}-{term.number}"

    def _dated(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._dated(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._dated(each) for each in value]
        return _TOKEN.sub(self._day, value) if isinstance(value, str) else value

    def _day(self, token: re.Match[str]) -> str:
        name, distance = token[1], int(token[2] or 0)
        days = {
            "day": lambda: self._calendar.school_day(distance).isoformat(),
            "date": (self._calendar.today + timedelta(days=distance)).isoformat,
            "off": lambda: self._calendar.day_off().isoformat(),
            "year": lambda: self._calendar.school_year,
            # That of the exams of the school year before.
            "spring": lambda: str(self._calendar.begins_in),
        }
        return days[name]()


def _mark(mark: int) -> dict[str, Any]:
    return {"mark": f"{mark}{_PERCENT}", "percent": mark}


def _subject(said: Mapping[str, Any], terms: list[Term], marks: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": said["subject"], "code": said["code"]}
    if marks == "last_year":
        return shown | {"terms": [{"term": each.number, **_mark(said[marks][each.number - 1])} for each in terms]}
    return shown | {
        "teacher": said["teacher"],
        "comment": said.get("comment"),
        "units": said.get("units"),
        "terms": [
            {"term": at, **_mark(said["marks"][at - 1]), "group_average": said["averages"][at - 1]}
            for at in (each.number for each in terms)
        ],
        "competencies": [
            {
                "name": each["name"],
                "weight": each["weight"],
                "terms": [{"term": term.number, **_mark(each["marks"][term.number - 1])} for term in terms],
            }
            for each in said["competencies"]
        ],
    }
