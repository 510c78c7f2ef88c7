import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.gateway_calls import Refused, patiently
from tests.portal.absences import ANNA, JO, OTHER_REASONS, absence, child, hold, notice
from tests.portal.conftest import Browser, FakeApi, settings
from vitrail_client.models.problem_out import ProblemOut

MONDAY_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ANNOUNCE, SEVERAL = "/absences/annoncer", "/api/v1/absence-notices"
TODAY, TOMORROW = "2026-11-23", "2026-11-24"


def of_child(name: str) -> str:
    return f"/api/v1/children/{name}/absence-notices"


@pytest.fixture
def open_at(api: FakeApi) -> Callable[[datetime], Browser]:
    """Open the browser of somebody who is signed in, at a moment."""

    def open_(moment: datetime) -> Browser:
        app = create_app(settings(), transport=httpx.MockTransport(api.handle), now=lambda: moment)
        browser = Browser(app.test_client())
        browser.sign_in()
        return browser

    return open_


@pytest.fixture
def parent(open_at: Callable[[datetime], Browser]) -> Browser:
    return open_at(MONDAY_MORNING)


def announce(parent: Browser, *children: str, **typed: Any) -> TestResponse:
    said = {"child": list(children), "day": TODAY, "part": "full_day", "reason": "Maladie", **typed}
    return parent.send(ANNOUNCE, **said)


def told(api: FakeApi, path: str) -> list[dict[str, Any]]:
    return [json.loads(each.content) for each in api.seen if each.method == "POST" and each.url.path == path]


def keys(api: FakeApi) -> list[str]:
    return [
        each.headers["Idempotency-Key"] for each in api.seen if each.method == "POST" and "notices" in each.url.path
    ]


def text_of(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text)).replace("\u00a0", " ")


def checked(answer: TestResponse) -> list[str]:
    return re.findall(r'value="([^"]+)" checked', answer.text)


@pytest.mark.requirement("AT-03", "AT-04", "AT-05")
def test_announce_offers_every_child_today_and_the_whole_day(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)

    answer = parent.get(ANNOUNCE)

    assert re.findall(r'name="child" value="(\w+)"', answer.text) == ["anna", "jo"]
    assert checked(answer) == [TODAY, "full_day"]


@pytest.mark.parametrize(("children", "path"), [((ANNA, JO), f"{ANNOUNCE}?child=anna"), ((ANNA,), ANNOUNCE)])
def test_announce_has_chosen_the_child_that_is_meant(
    parent: Browser, api: FakeApi, children: tuple[dict[str, Any], ...], path: str
) -> None:
    hold(api, *children)

    assert checked(parent.get(path))[0] == "anna"


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (datetime(2026, 11, 23, 19, 59, tzinfo=UTC), ["2026-11-23", "2026-11-24"]),
        (datetime(2026, 11, 23, 20, 0, tzinfo=UTC), ["2026-11-24", "2026-11-25"]),
        (datetime(2026, 11, 28, 2, 0, tzinfo=UTC), ["2026-11-30", "2026-12-01"]),
        (datetime(2026, 11, 29, 15, 0, tzinfo=UTC), ["2026-11-30", "2026-12-01"]),
    ],
    ids=["in-school", "after-school", "friday-evening-in-quebec", "sunday"],
)
def test_announce_begins_with_the_next_day_of_school(
    open_at: Callable[[datetime], Browser], api: FakeApi, moment: datetime, days: list[str]
) -> None:
    hold(api, ANNA)

    assert re.findall(r'name="day" value="([\d-]+)"', open_at(moment).get(ANNOUNCE).text) == days


def test_announce_says_of_whom_nothing_can_be_announced(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, child("Ben", status="suspended", rights=[]), child("Cleo", rights=["view_file"]))

    answer = parent.get(ANNOUNCE)

    assert re.findall(r'name="child" value="(\w+)"', answer.text) == ["anna"]
    assert "<strong>Ben</strong>" in answer.text
    assert "<strong>Cleo</strong>" in answer.text


@pytest.mark.requirement("AT-11")
def test_announce_is_calm_where_no_child_can_be_announced_of(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.refuse("GET", "/api/v1/children/anna/absence-reasons", 404, "not_found")

    answer = parent.get(ANNOUNCE)

    assert answer.status_code == 200
    assert "Vous ne pouvez aviser l’école d’aucune absence pour l’instant." in answer.text


@pytest.mark.parametrize("path", [ANNOUNCE, "/en/children/anna/absences", "/absences/annoncees?notices=a.b"])
def test_absences_are_for_those_who_are_signed_in(browser: Browser, path: str) -> None:
    assert browser.get(path).headers["Location"].rpartition("?back=")[2].startswith(path.partition("?")[0])


@pytest.mark.requirement("AT-03", "AT-07", "AT-09")
def test_announce_tells_of_several_children_in_one_call(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)
    api.answer("POST", SEVERAL, 201, [notice("anna"), notice("jo")])

    answer = announce(parent, "anna", "jo", explanation="Grippe")

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/absences/annoncees?notices=anna.n-anna,jo.n-jo",
    )
    assert told(api, SEVERAL) == [
        {
            "child_ids": ["anna", "jo"],
            "type": "full_day",
            "date": TODAY,
            "reason": "MALADIE",
            "explanation": "Grippe",
        }
    ]


@pytest.mark.requirement("AT-05", "AT-06")
@pytest.mark.parametrize(
    ("part", "typed", "type_", "time"),
    [
        ("morning", "", "late_arrival", "12:30"),
        ("afternoon", "08:00", "early_departure", "12:30"),
        ("late_arrival", "09:15", "late_arrival", "09:15"),
        ("early_departure", "14 h 30", "early_departure", "14 h 30"),
    ],
)
def test_announce_says_half_days_as_arrivals_and_departures(
    parent: Browser, api: FakeApi, part: str, typed: str, type_: str, time: str
) -> None:
    hold(api, ANNA)
    api.answer("POST", of_child("anna"), 201, notice("anna"))

    announce(parent, "anna", part=part, time=typed)

    [said] = told(api, of_child("anna"))
    assert (said["type"], said["time"]) == (type_, time)


def test_announce_takes_several_days(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.answer("POST", of_child("anna"), 201, notice("anna"))

    announce(parent, "anna", day="other", first_day=TOMORROW, last_day="2026-11-27")

    [said] = told(api, of_child("anna"))
    assert (said["date"], said["end_date"]) == (TOMORROW, "2026-11-27")


@pytest.mark.requirement("AT-07")
def test_announce_says_to_each_school_its_own_code_of_the_reason(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO, reasons={"jo": OTHER_REASONS})
    api.answer("POST", of_child("anna"), 201, notice("anna"))
    api.answer("POST", of_child("jo"), 201, notice("jo"))

    answer = announce(parent, "anna", "jo")

    assert answer.status_code == 303
    assert [told(api, of_child(name))[0]["reason"] for name in ("anna", "jo")] == ["MALADIE", "M"]


@pytest.mark.requirement("AT-07")
def test_announce_asks_for_a_reason_of_the_school_s_own_before_anything_is_sent(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO, reasons={"jo": OTHER_REASONS})
    api.answer("POST", of_child("anna"), 201, notice("anna"))
    api.answer("POST", of_child("jo"), 201, notice("jo"))

    asked = announce(parent, "anna", "jo", reason="Autre", explanation="Visite")
    sent = keys(api)
    done = announce(parent, "anna", "jo", reason="Autre", explanation="Visite", **{"reason-jo": "Voyage"})

    assert (asked.status_code, sent) == (422, [])
    assert '<a href="#reason-jo">L’école n’offre pas le motif «\u00a0Autre\u00a0» pour Jo' in asked.text
    assert re.search(r'data-child="jo" open', asked.text)
    assert "Voyage – Jo seulement" in asked.text
    assert done.status_code == 303
    assert [told(api, of_child(name))[0]["reason"] for name in ("anna", "jo")] == ["AUTRE", "V"]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"child": []}, "child", "Choisissez au moins un enfant"),
        ({"day": "other", "first_day": "demain"}, "first_day", "Indiquez un jour qui existe"),
        ({"day": "other", "first_day": TOMORROW, "last_day": TODAY}, "last_day", "avant le premier"),
        ({"part": "late_arrival", "time": ""}, "time", "vers quelle heure"),
        ({"reason": ""}, "reason", "Choisissez un motif"),
        ({"day": ""}, "day", "Indiquez un jour"),
    ],
)
def test_announce_says_what_is_missing_beside_its_field(
    parent: Browser, api: FakeApi, typed: dict[str, Any], field: str, words: str
) -> None:
    hold(api, ANNA, JO)

    answer = announce(parent, "anna", "jo", **typed)

    assert answer.status_code == 422
    assert re.search(f'<a href="#{field}">[^<]*{words}', answer.text.replace("\u00a0", " "))
    assert f'id="{field}-wrong"' in answer.text
    assert f'id="{field}"' in answer.text
    assert keys(api) == []


@pytest.mark.requirement("AT-08")
@pytest.mark.parametrize(("explanation", "status"), [("  ", 422), ("Rendez-vous", 303)])
def test_announce_wants_an_explanation_for_another_reason(
    parent: Browser, api: FakeApi, explanation: str, status: int
) -> None:
    hold(api, ANNA)
    api.answer("POST", of_child("anna"), 201, notice("anna"))

    answer = announce(parent, "anna", reason="Autre", explanation=explanation)

    assert answer.status_code == status
    assert ('<a href="#explanation">' in answer.text) == (status == 422)


def test_announce_tells_of_each_child_what_its_school_refused(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)
    api.refuse("POST", SEVERAL, 409, "notice_overlaps")
    api.answer("POST", of_child("anna"), 201, notice("anna"))
    api.refuse("POST", of_child("jo"), 409, "notice_overlaps")

    answer = announce(parent, "anna", "jo", explanation="Grippe")

    assert answer.status_code == 409
    assert "Pas transmis pour Jo : Titre notice_overlaps" in text_of(answer)
    assert "Détail notice_overlaps" in answer.text
    assert 'action="/enfants/anna/absences/avis/n-anna/annuler"' in answer.text
    assert checked(answer) == ["jo", TODAY, "full_day"]
    assert ">Grippe</textarea>" in answer.text
    assert 'name="key" value="k1"' in answer.text


def test_announce_says_once_what_is_refused_of_every_child(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)
    api.refuse("POST", SEVERAL, 422, "no_school_day")
    for name in ("anna", "jo"):
        api.refuse("POST", of_child(name), 422, "no_school_day")

    answer = announce(parent, "anna", "jo")

    assert "Pas transmis pour Anna et Jo : Titre no_school_day" in text_of(answer)
    assert checked(answer)[:2] == ["anna", "jo"]


def test_announce_does_not_try_each_child_when_the_school_asks_to_wait(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)
    api.refuse("POST", SEVERAL, 429, "too_many_requests")

    answer = announce(parent, "anna", "jo")

    assert answer.status_code == 429
    assert len(keys(api)) == 1


def test_announce_loses_nothing_when_a_school_s_answer_does_not_come(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO, reasons={"jo": OTHER_REASONS})
    api.answer("POST", of_child("anna"), 201, notice("anna"))
    api.fail("POST", of_child("jo"))

    away = announce(parent, "anna", "jo")
    first = keys(api)
    api.answer("POST", of_child("jo"), 201, notice("jo"))
    again = announce(parent, "jo")

    assert away.status_code == 503
    assert "Pas transmis pour Jo : Le service n’a pas répondu" in text_of(away)
    assert again.headers["Location"] == "/absences/annoncees?notices=jo.n-jo"
    # What may have been carried out is asked for under the same key, and is not carried out twice.
    assert keys(api)[-1] == first[-1]
    assert len(set(first)) == 2


def test_announce_says_a_corrected_notice_under_another_key(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.refuse("POST", of_child("anna"), 409, "notice_too_late")
    announce(parent, "anna")
    announce(parent, "anna")
    announce(parent, "anna", day=TOMORROW)

    first, same, corrected = keys(api)
    assert first == same != corrected


class InTurn:
    """Answers, or refuses, each time as it is told."""

    def __init__(self, *answers: str | Refused) -> None:
        self._answers = iter(answers)

    def __call__(self) -> str:
        answer = next(self._answers)
        if isinstance(answer, Refused):
            raise answer
        return answer


def test_announce_gives_up_waiting_for_the_answer_to_the_first_press(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.refuse("POST", of_child("anna"), 409, "request_in_progress")
    api.answers["POST", of_child("anna")].headers["Retry-After"] = "0"  # type: ignore[union-attr]

    answer = announce(parent, "anna")

    assert answer.status_code == 409
    assert len(keys(api)) == 6
    assert len(set(keys(api))) == 1


def test_announce_takes_the_answer_to_the_first_press_once_it_is_there() -> None:
    problem = ProblemOut(
        type_="t", title="", status=409, detail="", code="request_in_progress", request_id="r", severity="error"
    )
    under_way = Refused(problem, retry_after=timedelta())

    assert patiently(InTurn(under_way, under_way, "told")) == "told"


def test_announce_sends_who_has_no_session_any_more_to_sign_in(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.refuse("POST", of_child("anna"), 401, "not_signed_in")

    assert announce(parent, "anna").headers["Location"] == "/?back=/absences/annoncer"


@pytest.mark.requirement("SES-9")
def test_announce_shows_names_and_reasons_as_text(parent: Browser, api: FakeApi) -> None:
    hold(
        api,
        child("<b>A", id="anna"),
        reasons={"anna": [{"code": "X", "label": '"><i>', "needs_explanation": False}]},
    )

    shown = parent.get(ANNOUNCE).text
    answer = announce(parent, "anna", reason="<script>", explanation="</textarea><u>")

    assert "&lt;b&gt;A" in shown
    assert "&#34;&gt;&lt;i&gt;" in shown
    assert [tag for tag in ("<script>", "<u>", "<b>A") if tag in answer.text] == []


def test_announced_repeats_in_words_what_was_told_to_which_school(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)
    api.answer(
        "GET", of_child("anna"), 200, [notice("anna", end_date="2026-11-26", reason_label="Autre", explanation="Noce")]
    )
    received = notice(
        "jo", type="late_arrival", time="12:30", half_day="morning", acknowledged_at="2026-11-23T15:05:00Z"
    )
    api.answer("GET", of_child("jo"), 200, [received])

    text = text_of(parent.get("/absences/annoncees?notices=anna.n-anna,jo.n-jo,ben.x,jo.gone"))

    assert "Les écoles sont avisées" in text
    assert "Anna École de Anna" in text
    assert "du mardi 24 novembre 2026 au jeudi 26 novembre 2026" in text
    assert "Motif : Autre – Noce" in text
    assert "Tout l’avant-midi, arrivée vers 12 h 30" in text
    assert "Transmis à l’école le lundi 23 novembre 2026, 10 h 00" in text
    assert "Reçu par l’école le lundi 23 novembre 2026, 10 h 05" in text
    assert text.count("Annuler cette absence") == 2


def test_announced_of_nothing_leads_to_the_form(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)

    assert parent.get("/absences/annoncees?notices=anna.n,x").headers["Location"] == ANNOUNCE


@pytest.mark.requirement("AT-01", "AT-02")
def test_absences_begin_with_those_to_motivate_and_their_deadline(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    refused = {
        "id": "m",
        "reason": "V",
        "reason_label": "Voyage",
        "explanation": None,
        "by": "you",
        "submitted_at": "2026-11-20T15:00:00Z",
        "decision": "refused",
    }
    motivated = absence(3, status="motivated", motivated_by="guardian", motivation={**refused, "decision": "accepted"})
    late = absence(2, date="2026-11-19", kind="late", time="09:10", motivation=refused)
    listed = [absence(1, periods=["2", "3"]), late, motivated]
    api.answer("GET", "/api/v1/children/anna/absences", 200, listed)

    answer = parent.get("/enfants/anna/absences")
    text = text_of(answer)

    assert re.findall(r"absences/motiver\?absence=(\w+)", answer.text) == ["a1", "a2"]
    assert text.count("À motiver avant le lundi 23 novembre 2026, 10 h 40") == 2
    assert "Absence aux périodes 2, 3" in text
    assert "Retard, arrivée à 9 h 10" in text
    assert "L’école a refusé le motif « Voyage »" in text
    assert "3 absences inscrites – motivées : 1, à motiver : 2." in " ".join(text.split())
    assert "Motif accepté" in text


def test_absences_say_kindly_where_the_school_recorded_more_than_was_announced(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    announced = notice("anna", date="2026-11-20", end_date="2026-11-20", type="late_arrival", time="09:30")
    api.answer("GET", of_child("anna"), 200, [announced])
    api.answer("GET", "/api/v1/children/anna/absences", 200, [absence(1), absence(2, date="2026-11-19")])

    assert text_of(parent.get("/enfants/anna/absences")).count("Vous aviez avisé l’école : arrivée vers 9 h 30.") == 1


@pytest.mark.requirement("AT-01")
def test_absences_of_a_school_year_are_drawn_and_told_as_a_table(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    recorded = [absence(1, date="2026-01-12", status="not_motivated"), absence(2, date="2025-08-28")]
    api.answer("GET", "/api/v1/children/anna/absences", 200, recorded)

    answer = parent.get("/enfants/anna/absences?year=2025-2026")

    assert '<svg class="chart"' in answer.text
    assert re.findall(r'<th scope="row">([^<]+)</th>', answer.text)[:2] == ["août 2025", "septembre 2025"]
    assert '<th scope="row">janvier 2026</th><td>0</td><td>0</td><td>1</td>' in answer.text
    assert 'href="/enfants/anna/absences?year=2024-2025"' in answer.text
    assert 'href="/enfants/anna/absences?year=2026-2027"' in answer.text
    assert {each.url.params["school_year"] for each in api.seen if each.url.path.endswith("/absences")} == {"2025-2026"}


@pytest.mark.parametrize("asked", ["2027-2028", "1990-1991", "hier", "٢٠٢٥-٢٠٢٦"])
def test_absences_of_no_school_year_are_this_year_s(parent: Browser, api: FakeApi, asked: str) -> None:
    hold(api, ANNA)

    assert ">Année scolaire</span> 2026-2027</strong>" in parent.get(f"/enfants/anna/absences?year={asked}").text


def test_absences_that_are_none_are_said_calmly(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)

    text = parent.get("/enfants/anna/absences").text

    assert "Aucune absence à motiver." in text
    assert "Aucune absence n’est inscrite au dossier pour 2026-2027." in text
    assert 'class="summary"' not in text


def test_absences_are_read_page_by_page(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    where = json.dumps({"total": 2, "page": 1, "total_pages": 2})
    api.answer("GET", "/api/v1/children/anna/absences", 200, [absence(1)], **{"X-Pagination": where})

    assert "2 absences inscrites" in text_of(parent.get("/enfants/anna/absences"))


def test_absences_of_a_child_that_was_just_linked_are_awaited(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.refuse("GET", "/api/v1/children/anna/absences", 404, "not_found")

    answer = parent.get("/enfants/anna/absences")

    assert answer.status_code == 200
    assert "ne sont pas encore accessibles" in answer.text


@pytest.mark.requirement("AT-11")
@pytest.mark.parametrize("path", ["/enfants/ben/absences", "/enfants/ben/absences/motiver"])
def test_absences_of_another_s_child_are_refused(parent: Browser, api: FakeApi, path: str) -> None:
    hold(api, ANNA)
    for each in ("", "/absences", "/absence-reasons"):
        api.refuse("GET", f"/api/v1/children/ben{each}", 404, "not_found")

    assert parent.get(path).status_code == 404


@pytest.mark.requirement("AT-11")
def test_absences_offer_nothing_to_do_to_who_may_only_look(parent: Browser, api: FakeApi) -> None:
    hold(api, child("Anna", rights=["view_file"]))
    api.answer("GET", "/api/v1/children/anna/absences", 200, [absence(1)])
    api.answer("GET", of_child("anna"), 200, [notice("anna")])

    page = parent.get("/enfants/anna/absences").text.partition("<main")[2]

    assert [what for what in ("annoncer", "motiver?", "annuler") if what in page] == []
    assert "À motiver avant le" in page


def test_every_page_leads_to_announcing_an_absence_of_its_child(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA, JO)

    assert f'href="{ANNOUNCE}?child=jo"' in parent.get("/enfants/jo/absences").text
    assert f'href="{ANNOUNCE}"' in parent.get(f"{ANNOUNCE}?child=jo").text


def withdraw(parent: Browser) -> TestResponse:
    return parent.send("/enfants/anna/absences/avis/n-anna/annuler", page="/enfants/anna/absences")


@pytest.mark.parametrize("status", [204, 404])
def test_withdraw_takes_a_notice_back_once_however_often_it_is_pressed(
    parent: Browser, api: FakeApi, status: int
) -> None:
    hold(api, ANNA)
    api.answer("GET", of_child("anna"), 200, [notice("anna")])
    api.refuse("DELETE", f"{of_child('anna')}/n-anna", 404, "not_found")
    api.answers["DELETE", f"{of_child('anna')}/n-anna"].status_code = status
    withdrawn = withdraw(parent)
    api.answer("GET", of_child("anna"), 200, [])

    assert withdrawn.headers["Location"] == "/enfants/anna/absences"
    assert "L’absence est annulée" in parent.get("/enfants/anna/absences").text


def test_withdraw_tells_that_the_absence_has_begun(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)
    api.answer("GET", of_child("anna"), 200, [notice("anna")])
    api.refuse("DELETE", f"{of_child('anna')}/n-anna", 409, "notice_started")

    answer = withdraw(parent)

    assert answer.status_code == 409
    assert "Titre notice_started" in answer.text
    assert "Absences annoncées" in answer.text


MOTIVATE = "/enfants/anna/absences/motiver"


def motivation(number: int) -> str:
    return f"/api/v1/children/anna/absences/a{number}/motivation"


@pytest.fixture
def waiting(parent: Browser, api: FakeApi) -> Browser:
    """Somebody with two absences to motivate."""
    hold(api, ANNA)
    api.answer("GET", "/api/v1/children/anna/absences", 200, [absence(1), absence(2, date="2026-11-19")])
    for number in (1, 2):
        api.answer("POST", motivation(number), 200, absence(number, status="motivated", motivated_by="guardian"))
    return parent


def test_motivate_has_chosen_the_absence_that_is_meant(waiting: Browser) -> None:
    assert checked(waiting.get(f"{MOTIVATE}?absence=a2")) == ["a2"]


@pytest.mark.requirement("AT-10")
def test_motivate_says_one_reason_of_several_absences(waiting: Browser, api: FakeApi) -> None:
    answer = waiting.send(MOTIVATE, absence=["a1", "a2", "a1"], reason="MALADIE", explanation=" Grippe ")

    assert answer.headers["Location"] == "/enfants/anna/absences"
    assert [told(api, motivation(number)) for number in (1, 2)] == [
        [{"reason": "MALADIE", "explanation": "Grippe"}]
    ] * 2
    assert "Les motifs sont transmis" in waiting.get("/enfants/anna/absences").text


@pytest.mark.requirement("AT-10")
def test_motivate_keeps_what_was_refused_and_says_how_much_went_out(waiting: Browser, api: FakeApi) -> None:
    api.refuse("POST", motivation(2), 409, "motivation_closed")

    answer = waiting.send(MOTIVATE, absence=["a1", "a2"], reason="MALADIE")

    assert answer.status_code == 409
    assert "Transmis pour 1 absence." in answer.text
    assert "Titre motivation_closed" in answer.text
    assert checked(answer) == ["a2"]


def test_motivate_loses_nothing_when_no_answer_comes(waiting: Browser, api: FakeApi) -> None:
    api.fail("POST", motivation(1))

    answer = waiting.send(MOTIVATE, absence="a1", reason="AUTRE", explanation="Noce")

    assert answer.status_code == 503
    assert ">Noce</textarea>" in answer.text
    assert "Rien n’est perdu" in text_of(answer)


@pytest.mark.requirement("AT-07", "AT-08")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"absence": "a1", "reason": ""}, "reason"),
        ({"absence": [], "reason": "MALADIE"}, "absence"),
        ({"absence": "a1", "reason": "AUTRE", "explanation": " "}, "explanation"),
    ],
)
def test_motivate_says_what_is_missing(waiting: Browser, api: FakeApi, typed: dict[str, Any], field: str) -> None:
    answer = waiting.send(MOTIVATE, **typed)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert [told(api, motivation(number)) for number in (1, 2)] == [[], []]


def test_motivate_of_nothing_leads_back(parent: Browser, api: FakeApi) -> None:
    hold(api, ANNA)

    answer = parent.get(MOTIVATE)

    assert "Il n’y a plus d’absence à motiver." in text_of(answer)
    assert 'href="/enfants/anna/absences"' in answer.text


@pytest.mark.parametrize("path", [ANNOUNCE, "/enfants/anna/absences", MOTIVATE])
def test_absences_are_the_same_in_english(waiting: Browser, path: str) -> None:
    [english] = re.findall(r'href="(/en/[^"]+)" lang="en-CA"', waiting.get(path).text)

    answer = waiting.get(english)

    assert answer.status_code == 200
    assert f'href="{path}" lang="fr-CA"' in answer.text
