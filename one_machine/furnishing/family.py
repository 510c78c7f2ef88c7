"""Furnishing the family of the demonstration: each child's school sends what it has."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import typst

from one_machine.furnishing.entries import Pupil, Sheaf
from one_machine.furnishing.school_calendar import SchoolCalendar
from one_machine.furnishing.sending import Credentials, SchoolSystem, Unfurnished

_TAX_SLIP: Final = Path(__file__).parent / "tax_slip.typ"

Register = Callable[[str], Credentials]
Revoke = Callable[[Credentials], object]


@dataclass(frozen=True, kw_only=True)
class Furnished:
    """How much was sent for one organisation."""

    organisation_code: str
    entries: int


def furnish(
    url: str,
    pupils: Mapping[str, Pupil],
    *,
    today: date,
    register: Register,
    revoke: Revoke,
    on_progress: Callable[[], object] = lambda: None,
) -> Sequence[Furnished]:
    """Send all that the pupils' schools have; `pupils` by their organisation's code.

    The same again, with the same `today`, changes nothing. `register` makes a client of an organisation, as its operator
    would, and `revoke` ends it; `on_progress` is told after each organisation.

    Raises:
        Unfurnished: the API cannot be reached, or does not take what is sent.
    """
    calendar = SchoolCalendar(today)

    def one(code: str, pupil: Pupil) -> Furnished:
        credentials = register(code)
        try:
            with SchoolSystem(url, credentials) as school:
                sent = _send(school, Sheaf(pupil, calendar))
        except httpx.HTTPError as fault:
            raise Unfurnished(f"{type(fault).__name__}: {fault}") from fault
        finally:
            revoke(credentials)
        on_progress()
        return Furnished(organisation_code=code, entries=sent)

    with ThreadPoolExecutor(max_workers=len(pupils)) as pool:
        waiting = [pool.submit(partial(one, code, pupil)) for code, pupil in pupils.items()]
        return [each.result() for each in waiting]


def _send(school: SchoolSystem, sheaf: Sheaf) -> int:
    school.wait_until_known()
    for path, document in sheaf.decisions():
        school.decide(path, document)
    absences = sheaf.absences()
    school.send("absences", absences)
    sent = len(absences)
    for path, lines in sheaf.records():
        school.send(path, lines)
        sent += len(lines)
        if path == "tax-slips":
            for line in lines:
                school.upload(f"tax-slips/{line['source_id']}/document", _tax_slip(line))
    for release in sheaf.releases():
        school.decide(f"releases/{release}", {"is_published": True})
    campaign = sheaf.campaign()
    known = [each["school_year"] for each in school.list("campaigns")]
    if campaign is not None and campaign["school_year"] not in known:
        school.add("campaigns", campaign)
    return sent


def _tax_slip(line: Mapping[str, Any]) -> bytes:
    student = f"{line['student']['first_name']} {line['student']['last_name']}"
    slip = {
        "title": f"Relevé 24 – Frais de garde d’enfants, {line['year']}",
        "school": line["school"]["name"],
        "about": f"Payés par {line['recipient']} pour {student}.",
        "boxes": [[each["box"], each["label"], each["amount"].replace(".", ",") + "\u00a0$"] for each in line["boxes"]],
    }
    made = typst.compile(
        str(_TAX_SLIP), sys_inputs={"slip": json.dumps(slip)}, ignore_system_fonts=True, pdf_standards="ua-1"
    )
    assert isinstance(made, bytes)
    return made
