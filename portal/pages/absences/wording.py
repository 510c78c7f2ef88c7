"""What is announced and recorded, in words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from portal import family
from portal.languages import spoken_day, spoken_moment, spoken_time
from portal.showing import language, words
from vitrail_client.models.absence_out import AbsenceOut
from vitrail_client.models.attendance_notice_out import AttendanceNoticeOut
from vitrail_client.models.child_out import ChildOut


@dataclass(frozen=True)
class Told:
    """A notice, as it was told to a school."""

    notice: AttendanceNoticeOut
    child: ChildOut
    name: str
    place: str
    days: str
    part: str
    state: str
    state_words: str


@dataclass(frozen=True)
class Entry:
    """An absence, as the school recorded it, and what was announced of its day though it does not account for it."""

    absence: AbsenceOut
    day: str
    # As under a heading that says the month and the year.
    short_day: str
    what: str
    until: str
    status: str
    announced: tuple[str, ...]


def days(first_on: date, last_on: date) -> str:
    """Return a day, or the first and the last of several."""
    first, last = spoken_day(first_on, language()), spoken_day(last_on, language())
    return first if first_on == last_on else str(words("absences.from_to", first=first, last=last))


def part(notice: AttendanceNoticeOut) -> str:
    """Return which part of its days a notice announces (AT-05, AT-06)."""
    at = spoken_time(notice.time, language()) if notice.time else ""
    return str(words(f"absences.part_{notice.half_day or notice.type_}", time=at))


def tell(notice: AttendanceNoticeOut, child: ChildOut) -> Told:
    """Return a notice in words, with how far it has come."""
    received, sent = notice.acknowledged_at, spoken_moment(notice.submitted_at, language())
    state = "received" if received is not None else "sent"
    moment = spoken_moment(received, language()) if received is not None else sent
    return Told(
        notice=notice,
        child=child,
        name=family.name_of(child),
        place=family.place_of(child),
        days=days(notice.date, notice.end_date),
        part=part(notice),
        state=state,
        state_words=str(words(f"absences.state_{state}", moment=moment)),
    )


def record(absence: AbsenceOut, notices: Collection[AttendanceNoticeOut]) -> Entry:
    """Return a recorded absence in words; `notices` are those of the same child that still stand."""
    announced = [each for each in notices if each.date <= absence.date <= each.end_date]
    return Entry(
        absence=absence,
        day=spoken_day(absence.date, language()),
        short_day=spoken_day(absence.date, language(), is_year_said=False),
        what=_what(absence),
        until=spoken_moment(absence.motivate_until, language()),
        status=_status(absence),
        announced=() if absence.status == "motivated" else tuple(part(each) for each in announced),
    )


def _what(absence: AbsenceOut) -> str:
    if absence.time:
        return str(words(f"absences.kind_{absence.kind}_at", time=spoken_time(absence.time, language())))
    if absence.periods:
        number = "period" if len(absence.periods) == 1 else "periods"
        return str(words(f"absences.kind_{absence.kind}_{number}", periods=", ".join(absence.periods)))
    return str(words(f"absences.kind_{absence.kind}"))


def _status(absence: AbsenceOut) -> str:
    said = absence.motivation
    if absence.motivated_by == "notice":
        return str(words("absences.status_by_notice"))
    if said is not None and said.decision != "refused":
        return str(words(f"absences.status_{said.decision}"))
    return str(words(f"absences.status_{absence.status}"))
