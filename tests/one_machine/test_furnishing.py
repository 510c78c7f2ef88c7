import json
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from one_machine import demonstration
from one_machine.demonstration import Furnishing
from one_machine.furnishing import Credentials, Unfurnished, furnish
from one_machine.furnishing.entries import Sheaf
from one_machine.furnishing.school_calendar import SchoolCalendar
from registry_generator import generate

NOVEMBER = date(2026, 11, 23)
DAYS = (NOVEMBER, date(2026, 9, 3), date(2027, 2, 1), date(2027, 7, 20), date(2031, 3, 30))
PUPILS = demonstration.pupils()


def lines(today: date, code: str, path: str) -> list[dict[str, object]]:
    return dict(Sheaf(PUPILS[code], SchoolCalendar(today)).records())[path]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_school_day_is_on_its_side_of_today_and_none_of_a_week_end(today: date) -> None:
    calendar = SchoolCalendar(today)
    days = [calendar.school_day(distance) for distance in range(-60, 20)]

    assert days == sorted(set(days))
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
    assert calendar.school_day(-1) < today <= calendar.school_day(0) < calendar.school_day(1)
    assert calendar.day_off() > today


def test_school_day_passes_over_days_off() -> None:
    assert SchoolCalendar(NOVEMBER).school_day(-6) == date(2026, 11, 12)
    assert SchoolCalendar(date(2027, 7, 20)).school_day(-1) == date(2027, 6, 22)
    assert SchoolCalendar(date(2027, 7, 20)).school_day(0) == date(2027, 8, 27)


@pytest.mark.parametrize(
    ("today", "year", "terms"),
    [
        (date(2026, 11, 19), "2025-2026", [1, 2, 3]),
        (date(2026, 11, 20), "2026-2027", [1]),
        (date(2027, 3, 5), "2026-2027", [1, 2]),
        (date(2027, 7, 20), "2026-2027", [1, 2, 3]),
    ],
)
def test_terms_are_those_whose_report_cards_are_out(today: date, year: str, terms: list[int]) -> None:
    calendar = SchoolCalendar(today)

    assert (calendar.school_year, [term.number for term in calendar.terms()]) == (year, terms)


@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("code", PUPILS)
def test_no_entry_has_the_id_of_another_or_says_a_day_in_braces(today: date, code: str) -> None:
    sheaf = Sheaf(PUPILS[code], SchoolCalendar(today))
    sent = {path: entries for path, entries in sheaf.records() if entries} | {"absences": sheaf.absences()}

    for entries in sent.values():
        ids = [each["source_id"] for each in entries]
        assert len(set(ids)) == len(ids) > 0
    assert "{day" not in json.dumps(sent)
    assert all(each["date"] < today.isoformat() for each in sent["absences"])


@pytest.mark.parametrize("code", PUPILS)
def test_statements_come_to_their_balance(code: str) -> None:
    for each in lines(NOVEMBER, code, "statements"):
        assert sum(Decimal(line["amount"]) for line in each["lines"]) == Decimal(each["balance"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", PUPILS)
def test_marks_of_a_subject_follow_from_its_competencies(code: str) -> None:
    for subject in [each for each in lines(NOVEMBER, code, "report-cards")[-1]["subjects"] if each["competencies"]]:  # type: ignore[attr-defined]
        weighed = sum(each["weight"] * each["terms"][0]["percent"] for each in subject["competencies"]) / 100
        assert sum(each["weight"] for each in subject["competencies"]) == 100
        assert abs(weighed - subject["terms"][0]["percent"]) <= 1


def test_pupils_are_those_of_the_registries(tmp_path: Path) -> None:
    for code, pupil in PUPILS.items():
        directory = [demonstration.BOARDS, demonstration.SCHOOLS, demonstration.PRIVATE_SCHOOLS]
        placed = [demonstration.placed(code)]
        generate(tmp_path / code, organisation=code, students=3, directory=directory, placed=placed)
        [row] = [
            line.split(",")
            for line in (tmp_path / code / "users.csv").read_text("utf-8").splitlines()
            if line.startswith(f"{pupil.source_id},")
        ]
        assert row[4] == pupil.school_source_id
        assert pupil.file_number in row


class Gateway:
    """Answers as `/school/v1` does when nobody objects, or refuses one path, and keeps what it was sent."""

    def __init__(self) -> None:
        self.refuses = ""
        self.seen: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, b"[]")

            def do_PUT(self) -> None:
                self._body()
                self._answer(200, b"{}")

            def do_POST(self) -> None:
                body = self._body()
                if self.path.endswith("/token"):
                    self._answer(200, b'{"access_token": "t"}')
                    return
                result = "refused" if self.path.endswith(gateway.refuses or "-") else "recorded"
                ids = [json.loads(line).get("source_id") for line in body.splitlines()]
                became = [{"source_id": each, "result": result, "problem": {"title": "Non"}} for each in ids]
                self._answer(200, "\n".join(map(json.dumps, became)).encode())

            def _body(self) -> bytes:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.bodies.append(body)
                return body

            def _answer(self, status: int, said: bytes) -> None:
                gateway.seen.append((self.command, self.path))
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *given: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> "Gateway":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def revoked() -> list[str]:
    return []


@pytest.fixture
def run(revoked: list[str]) -> Callable[[str], int]:
    def furnish_all(url: str) -> int:
        done = furnish(
            url,
            PUPILS,
            today=NOVEMBER,
            register=lambda code: Credentials(client_id=code, client_secret="s"),
            revoke=lambda client: revoked.append(client.client_id),
        )
        return sum(each.entries for each in done)

    return furnish_all


def test_furnish_sends_by_the_public_api_alone_and_leaves_no_client(
    run: Callable[[str], int], revoked: list[str]
) -> None:
    with Gateway() as gateway:
        sent = run(gateway.url)

    assert sent > 100
    assert {path.split("?")[0].startswith("/school/v1/") for _, path in gateway.seen} == {True}
    assert ("PUT", "/school/v1/tax-slips/eloise-releve-24-2025/document") in gateway.seen
    assert ("POST", "/school/v1/campaigns") in gateway.seen
    assert sorted(revoked) == sorted(PUPILS)


def test_furnish_tells_what_was_refused_and_leaves_no_client(run: Callable[[str], int], revoked: list[str]) -> None:
    with Gateway() as gateway:
        gateway.refuses = "/messages"
        with pytest.raises(Unfurnished, match=r"messages: .*Non"):
            run(gateway.url)

    assert sorted(revoked) == sorted(PUPILS)


def test_furnish_tells_that_nobody_answers(run: Callable[[str], int], revoked: list[str]) -> None:
    with pytest.raises(Unfurnished):
        run("http://127.0.0.1:9")

    assert sorted(revoked) == sorted(PUPILS)


def test_furnishing_is_wanted_once_and_keeps_its_first_day(tmp_path: Path) -> None:
    first = Furnishing(tmp_path)
    assert first.is_wanted
    assert first.day(NOVEMBER) == NOVEMBER
    assert Furnishing(tmp_path).day(date(2027, 1, 1)) == NOVEMBER
    first.done()

    assert not Furnishing(tmp_path).is_wanted


def test_furnish_sends_the_same_bytes_again(run: Callable[[str], int]) -> None:
    sent = []
    for _ in range(2):
        with Gateway() as gateway:
            run(gateway.url)
            sent.append(sorted(gateway.bodies))

    assert sent[0] == sent[1]
    assert any(body.startswith(b"%PDF") for body in sent[0])
