from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, insert, select, update
from werkzeug.test import TestResponse

from services.enrollment import events as enrollment
from services.records import letters, queries
from services.records.context import Context
from services.records.errors import TooManySupportRequests
from services.records.models import Entry, SupportRequest
from services.records.operations import support, sweeping
from services.records.schemas.support import SupportFeedOut
from shared import ids, letters as waiting_letters
from shared.problems import NotFound, Problem
from tests.support import pictures
from tests.support.callers import events_told
from tests.support.clock import FakeClock
from tests.support.passports import ORGANISATION_CODE
from tests.support.records import ACCOUNT, MOMENT, OTHER_ACCOUNT, Browser, Child, Enrollment, SchoolSystem
from tests.support.support_requests import ASKED, asked, form


def ask(asker: Browser, screenshot: bytes | None = None, *, headers: Any = None, **said: Any) -> TestResponse:
    answer: TestResponse = asker.call("POST", "/support-requests", headers=headers or {}, **form(screenshot, **said))
    return answer


def rows(ctx: Context) -> list[Any]:
    with ctx.db.read() as session:
        return list(session.execute(select(SupportRequest.__table__).order_by(SupportRequest.submitted_at)))


def reader(make_school_system: Callable[..., SchoolSystem], **whose: str) -> SchoolSystem:
    return make_school_system("records.read", "records.write", **whose)


def fed(school: SchoolSystem, **wanted: int) -> dict[str, Any]:
    answer = school.get("/support-requests", query_string=wanted)
    assert answer.status_code == 200
    assert SupportFeedOut().validate(answer.json) == {}
    found: dict[str, Any] = answer.json
    return found


def make_contact(ctx: Context, *, organisation_id: str, audience: str, **rest: Any) -> None:
    """Let a school say how it is reached."""
    now = ctx.clock.now()
    content = orjson.dumps({"name": "École du Phare", "email": None, "support_email": None} | rest.pop("says", {}))
    row = {
        "id": ids.new(),
        "organisation_id": organisation_id,
        "kind": "contact",
        "source_id": ids.new(),
        "audience": audience,
        "content": content.decode(),
        "digest": b"",
        "revision": 1,
        "decision": "publish",
        "shown_from": now,
        "sent_as_draft": False,
        "state": "published",
        "available_at": now,
        "recorded_at": now,
        "changed_at": now,
    }
    with ctx.db.transaction() as session:
        session.execute(insert(Entry), row | rest)


def posted(ctx: Context) -> list[tuple[str, str, str]]:
    """Return the letters that wait: kind, address, and everything that they say."""
    with ctx.db.read() as session:
        waiting = session.execute(select(waiting_letters.letters).where(waiting_letters.letters.c.due_at.is_not(None)))
        opened = [(each.kind, orjson.loads(ctx.seal.open(each.sealed))) for each in waiting]
    return [(kind, said["to"], said["subject"] + said["text"] + said["html"]) for kind, said in opened]


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of it at once; return what came of each, or the problem that it was refused with."""

    def outcome(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Problem as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(outcome, acts))


# Asking


@pytest.mark.requirement("XC-01", "XC-02")
def test_a_request_reaches_the_school_of_the_child_with_its_six_items(
    browser: Browser, child: Child, make_school_system: Callable[..., SchoolSystem]
) -> None:
    answer = ask(browser, pictures.PNG, child_id=child.id)
    assert (answer.status_code, list(answer.json)) == (201, ["reference"])
    school = reader(make_school_system)
    [item] = fed(school)["items"]
    assert {name: item[name] for name in ASKED} == ASKED
    assert (item["reference"], item["student_source_id"], item["school_source_id"], item["language"]) == (
        answer.json["reference"],
        child.student_source_id,
        child.school_source_id,
        "fr",
    )
    assert item["screenshot"] == {"media_type": "image/png", "size": len(pictures.PNG)}
    shown = school.get(f"/support-requests/{item['id']}/screenshot")
    assert (shown.status_code, shown.data, shown.mimetype) == (200, pictures.PNG, "image/png")
    assert shown.headers["Content-Disposition"] == f'attachment; filename="{item["reference"]}.png"'
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    policy = shown.headers["Content-Security-Policy"].split("; ")
    assert policy == ["sandbox", "default-src 'none'", "frame-ancestors 'none'"]


@pytest.mark.requirement("XC-01")
def test_a_request_without_a_screenshot_is_as_good(
    browser: Browser, child: Child, make_school_system: Callable[..., SchoolSystem]
) -> None:
    assert ask(browser, child_id=child.id).status_code == 201
    school = reader(make_school_system)
    [item] = fed(school)["items"]
    assert item["screenshot"] is None
    assert school.get(f"/support-requests/{item['id']}/screenshot").status_code == 404


@pytest.mark.requirement("XC-01", "ACC-14")
@pytest.mark.parametrize("missing", list(ASKED))
def test_a_request_without_one_of_the_items_is_refused(browser: Browser, child: Child, missing: str) -> None:
    answer = ask(browser, **{missing: None})
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [f"#/{missing}"])


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"email": "nobody"}, "#/email"),
        ({"child_name": "x" * 201}, "#/child_name"),
        ({"browser": "a\nb"}, "#/browser"),
        ({"telephone": "418 555-0100"}, "#/telephone"),
        ({"error_message": "x" * 2001}, "#/error_message"),
        ({"section": ""}, "#/section"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(ctx: Context, browser: Browser, said: Any, pointer: str) -> None:
    answer = ask(browser, **said)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert rows(ctx) == []


@pytest.mark.requirement("XC-01")
@pytest.mark.parametrize("content", [pictures.GIF, pictures.SVG, pictures.PDF, b"<html>", pictures.PNG[:-9]], ids=str)
def test_a_screenshot_that_is_none_is_refused_by_its_content(ctx: Context, browser: Browser, content: bytes) -> None:
    answer = ask(browser, content)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/screenshot")
    assert rows(ctx) == []


@pytest.mark.requirement("XC-01")
def test_a_screenshot_may_have_five_mebibytes_and_no_more(browser: Browser, child: Child) -> None:
    frame = len(pictures.png(noise=b"x")) - 1
    largest = pictures.png(noise=b"x" * (5 * 1024 * 1024 - frame))
    assert len(largest) == 5 * 1024 * 1024
    assert ask(browser, largest).status_code == 201
    assert ask(browser, pictures.png(noise=b"x" * len(largest))).status_code == 422
    assert ask(browser, b"\x00" * (6 * 1024 * 1024)).status_code == 413


def test_whoever_is_not_signed_in_asks_nothing(make_browser: Callable[..., Browser]) -> None:
    assert ask(make_browser(account_id=None)).status_code == 401


def test_a_request_that_is_sent_again_is_the_same_whatever_its_boundary(
    ctx: Context, browser: Browser, child: Child
) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = (ask(browser, pictures.PNG, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert len(rows(ctx)) == 1
    assert ask(browser, pictures.JPEG, headers=key).status_code == 422


# Where it goes


@pytest.mark.requirement("XC-02")
def test_a_request_that_names_no_child_goes_to_the_school_that_all_have(
    ctx: Context, browser: Browser, told: Enrollment, child: Child, organisation_id: str
) -> None:
    told.link(told.make_child(organisation_id))
    support.submit_request(ctx, **asked())
    told.link(told.make_child(organisation_id, school_source_id="ecole-2"))
    support.submit_request(ctx, **asked())
    told.link(told.make_child(told.make_organisation("714000")))
    support.submit_request(ctx, **asked())
    assert [(each.organisation_id, each.school_source_id, each.child_id) for each in rows(ctx)] == [
        (organisation_id, "ecole-1", None),
        (organisation_id, None, None),
        (None, None, None),
    ]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_request_whose_child_was_left_empty_names_none(ctx: Context, browser: Browser, child: Child) -> None:
    assert ask(browser, child_id="").status_code == 201
    assert [each.child_id for each in rows(ctx)] == [None]


@pytest.mark.requirement("XC-02", "CHD-13")
def test_a_request_that_names_a_strangers_child_is_none(ctx: Context, told: Enrollment, child: Child) -> None:
    strangers = told.make_child(told.make_organisation("714000"))
    told.link(strangers, account_id=OTHER_ACCOUNT)
    for named in (strangers.id, ids.new(), "no-id"):
        with pytest.raises(NotFound):
            support.submit_request(ctx, **asked(child_id=named, screenshot=pictures.PNG))
    assert (rows(ctx), list(ctx.objects.list_below())) == ([], [])


@pytest.mark.requirement("XC-02")
def test_a_request_goes_to_no_organisation_that_takes_part_no_more(
    ctx: Context, told: Enrollment, child: Child, organisation_id: str
) -> None:
    told.say(enrollment.organisation_unsubscribed(organisation_id=organisation_id, code=ORGANISATION_CODE, at=MOMENT))
    support.submit_request(ctx, **asked(child_id=child.id))
    assert [each.organisation_id for each in rows(ctx)] == [None]


# What is told


@pytest.mark.requirement("XC-02", "EVT-1")
def test_the_school_is_written_to_where_it_wants_to_be_and_told_nothing_of_the_child(
    ctx: Context, child: Child, organisation_id: str
) -> None:
    board = {"support_email": "aide@board.exemple.ca"}
    make_contact(ctx, organisation_id=organisation_id, audience="organisation", says=board)
    support.submit_request(ctx, **asked(child_id=child.id))
    school = {"support_email": "aide@phare.exemple.ca", "email": "secretariat@phare.exemple.ca"}
    make_contact(ctx, organisation_id=organisation_id, audience=f"school:{child.school_source_id}", says=school)
    reference = support.submit_request(ctx, **asked(child_id=child.id))
    first, second = posted(ctx)
    assert (first[1], second[1]) == ("aide@board.exemple.ca", "aide@phare.exemple.ca")
    kind, _, text = second
    assert kind == letters.SUPPORT_REQUESTED
    assert reference in text
    for told in (*ASKED.values(), "Léa", "Tremblay", "parent@", child.id, child.student_source_id):
        assert told not in text
    assert [set(each) for each in events_told(ctx, "support-requested")] == [
        {"support_request_id", "organisation_id", "submitted_at"}
    ] * 2


@pytest.mark.requirement("XC-02")
def test_a_school_without_an_address_for_help_is_written_to_at_its_own(
    ctx: Context, child: Child, organisation_id: str
) -> None:
    says = {"email": "secretariat@phare.exemple.ca"}
    make_contact(ctx, organisation_id=organisation_id, audience=f"school:{child.school_source_id}", says=says)
    support.submit_request(ctx, **asked(child_id=child.id))
    assert [address for _, address, _ in posted(ctx)] == ["secretariat@phare.exemple.ca"]


@pytest.mark.requirement("XC-02")
@pytest.mark.parametrize(
    "hidden",
    [
        {"state": "draft", "available_at": None},
        {"state": "withdrawn", "available_at": None},
        {"audience": "school:ecole-2"},
        {"organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4"},
    ],
    ids=["draft", "withdrawn", "another school's", "another organisation's"],
)
def test_nobody_is_written_to_by_a_contact_that_parents_do_not_see(
    ctx: Context, child: Child, organisation_id: str, hidden: dict[str, Any]
) -> None:
    contact = {"organisation_id": organisation_id, "audience": f"school:{child.school_source_id}"} | hidden
    make_contact(ctx, says={"support_email": "aide@phare.exemple.ca"}, **contact)
    support.submit_request(ctx, **asked(child_id=child.id))
    assert posted(ctx) == []


def test_a_contact_under_embargo_is_not_written_to_before_its_time(
    ctx: Context, child: Child, organisation_id: str, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(hours=1)
    school = f"school:{child.school_source_id}"
    says = {"support_email": "aide@phare.exemple.ca"}
    make_contact(ctx, organisation_id=organisation_id, audience=school, available_at=later, says=says)
    support.submit_request(ctx, **asked(child_id=child.id))
    assert posted(ctx) == []
    clock.advance(timedelta(hours=1))
    support.submit_request(ctx, **asked(child_id=child.id))
    assert len(posted(ctx)) == 1


def test_a_request_for_the_operator_is_told_to_nobody(ctx: Context) -> None:
    support.submit_request(ctx, **asked())
    assert (posted(ctx), events_told(ctx, "support-requested")) == ([], [])


# Keeping


@pytest.mark.requirement("XC-01")
def test_what_a_parent_writes_stands_sealed_and_bound_to_its_row(ctx: Context, child: Child) -> None:
    for name in ("Léa Tremblay", "Noé Tremblay"):
        support.submit_request(ctx, **asked(child_name=name, screenshot=pictures.PNG))
    one, other = rows(ctx)
    for row in (one, other):
        kept = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
        for said in ("Tremblay", "parent@exemple.ca", "Accès refusé"):
            assert said.encode() not in kept
    [stored, _] = [b"".join(ctx.objects.get(each.key)) for each in ctx.objects.list_below()]
    assert b"PNG" not in stored
    with ctx.db.transaction() as session:
        swapped = {"child_name_sealed": other.child_name_sealed}
        session.execute(update(SupportRequest).where(SupportRequest.id == one.id).values(**swapped))
    with pytest.raises(ValueError, match="another row"):
        support.list_requests(ctx, organisation_code=ORGANISATION_CODE, since=0, limit=10)


@pytest.mark.requirement("XC-01")
def test_an_account_asks_so_often_and_no_more(make_context: Callable[..., Context], clock: FakeClock) -> None:
    ctx = make_context(support_requests_per_account_hour=2, support_requests_per_account_day=3)
    for _ in range(2):
        support.submit_request(ctx, **asked())
    with pytest.raises(TooManySupportRequests) as refused:
        support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    assert refused.value.retry_after
    assert list(ctx.objects.list_below()) == []
    support.submit_request(ctx, **asked(account_id=OTHER_ACCOUNT))
    clock.advance(timedelta(hours=2))
    support.submit_request(ctx, **asked())
    clock.advance(timedelta(hours=2))
    with pytest.raises(TooManySupportRequests):
        support.submit_request(ctx, **asked())
    clock.advance(timedelta(days=1))
    support.submit_request(ctx, **asked())


def test_a_screenshot_that_is_refused_counts_for_nothing(ctx: Context, browser: Browser, child: Child) -> None:
    for _ in range(10):
        assert ask(browser, pictures.GIF).status_code == 422
    assert ask(browser).status_code == 201


def test_requests_are_forgotten_in_time_and_their_screenshots_with_them(
    make_context: Callable[..., Context], clock: FakeClock
) -> None:
    ctx = make_context(support_requests_kept=timedelta(days=30))
    support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    support.submit_request(ctx, **asked())
    clock.advance(timedelta(days=29))
    younger = support.submit_request(ctx, **asked(screenshot=pictures.JPEG))
    clock.advance(timedelta(days=2))
    assert sweeping.sweep(ctx)["support_requests"] == 2
    assert [each.reference for each in rows(ctx)] == [younger]
    clock.advance(timedelta(days=2))
    sweeping.sweep(ctx)
    [left] = ctx.objects.list_below()
    assert left.key.endswith(rows(ctx)[0].screenshot_digest)


def test_forgetting_goes_by_pages(make_context: Callable[..., Context], clock: FakeClock) -> None:
    ctx = make_context(support_requests_kept=timedelta(days=30), support_requests_per_account_hour=100)
    for _ in range(5):
        support.submit_request(ctx, **asked())
    clock.advance(timedelta(days=31))
    assert (support.forget_requests(ctx, page_size=2), rows(ctx)) == (5, [])


# The school's side


@pytest.mark.requirement("XC-02")
def test_the_feed_goes_on_after_its_cursor_and_tells_what_was_dealt_with(
    ctx: Context, child: Child, make_school_system: Callable[..., SchoolSystem], clock: FakeClock
) -> None:
    school = reader(make_school_system)
    references = [support.submit_request(ctx, **asked()) for _ in range(3)]
    first = fed(school, limit=2)
    rest = fed(school, since=first["next"])
    assert [each["reference"] for each in [*first["items"], *rest["items"]]] == references
    assert fed(school, since=rest["next"]) == {"items": [], "next": rest["next"]}
    handled = first["items"][0]
    clock.advance(timedelta(hours=1))
    for _ in range(2):
        assert school.post(f"/support-requests/{handled['id']}/handling", None).status_code == 204
    again = fed(school, since=rest["next"])
    assert [(each["reference"], each["handled_at"]) for each in again["items"]] == [
        (references[0], clock.now().isoformat())
    ]
    assert {each.handled_by for each in rows(ctx)} == {None, school.passport.client_id}


@pytest.mark.requirement("XC-02", "S2S-4")
def test_another_organisation_sees_and_does_nothing(
    ctx: Context, child: Child, told: Enrollment, make_school_system: Callable[..., SchoolSystem]
) -> None:
    told.make_organisation("714000")
    support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    [row] = rows(ctx)
    stranger = reader(make_school_system, organisation_code="714000")
    assert fed(stranger)["items"] == []
    assert stranger.get(f"/support-requests/{row.id}/screenshot").status_code == 404
    assert stranger.post(f"/support-requests/{row.id}/handling", None).status_code == 404
    assert reader(make_school_system).get("/support-requests/no-id/screenshot").status_code == 404
    assert rows(ctx) == [row]


@pytest.mark.requirement("S2S-4")
def test_a_token_does_what_its_scopes_say(
    ctx: Context, child: Child, make_school_system: Callable[..., SchoolSystem]
) -> None:
    support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    [row] = rows(ctx)
    reads, writes = make_school_system("records.read"), make_school_system("records.write")
    assert writes.get("/support-requests").status_code == 403
    assert writes.get(f"/support-requests/{row.id}/screenshot").status_code == 403
    assert reads.post(f"/support-requests/{row.id}/handling", None).status_code == 403


def test_an_organisation_that_takes_no_part_is_told_so(make_school_system: Callable[..., SchoolSystem]) -> None:
    assert reader(make_school_system).get("/support-requests").status_code == 409


@pytest.mark.parametrize("_", range(3))
def test_requests_that_race_take_places_of_their_own(ctx: Context, child: Child, _: int) -> None:
    outcomes = race(
        [lambda: support.submit_request(ctx, **asked(account_id=ids.new(), child_id=child.id)) for _ in range(4)]
        + [lambda: support.submit_request(ctx, **asked(account_id=ACCOUNT)) for _ in range(4)]
    )
    assert len(set(outcomes)) == 8
    places = [each.position for each in rows(ctx) if each.organisation_id is not None]
    assert sorted(places) == list(range(1, 5))


@pytest.mark.requirement("XC-01")
@pytest.mark.parametrize("_", range(3))
def test_the_last_request_of_a_budget_is_one(make_context: Callable[..., Context], _: int) -> None:
    ctx = make_context(support_requests_per_account_hour=3)
    outcomes = race([lambda: support.submit_request(ctx, **asked()) for _ in range(8)])
    assert [isinstance(each, TooManySupportRequests) for each in outcomes].count(False) == 3
    assert len(rows(ctx)) == 3


@pytest.mark.parametrize("_", range(3))
def test_a_request_is_dealt_with_once_however_many_say_so(ctx: Context, child: Child, _: int) -> None:
    support.submit_request(ctx, **asked())
    [row] = rows(ctx)

    def handle() -> None:
        support.handle_request(ctx, organisation_code=ORGANISATION_CODE, request_id=row.id, client_id="c")

    assert race([handle] * 6) == [None] * 6
    assert [each.position for each in rows(ctx)] == [2]


# The operator's side


@pytest.mark.requirement("XC-02")
def test_what_is_no_schools_waits_for_the_operator(ctx: Context, child: Child) -> None:
    support.submit_request(ctx, **asked())
    reference = support.submit_request(ctx, **asked(account_id=OTHER_ACCOUNT, screenshot=pictures.WEBP))
    [listed] = support.list_for_operator(ctx)
    assert (listed["reference"], listed["has_screenshot"], listed["section"]) == (reference, True, "Bulletins")
    assert not {"child_name", "email", "error_message"} & listed.keys()
    spoken = f"{reference[:5].lower()} {reference[5:].lower()}"
    assert ASKED.items() <= support.show_to_operator(ctx, reference=spoken).items()
    assert support.read_screenshot_for_operator(ctx, reference=spoken).content == pictures.WEBP
    support.handle_for_operator(ctx, reference=reference)
    assert support.list_for_operator(ctx) == []
    assert [each["reference"] for each in support.list_for_operator(ctx, with_handled=True)] == [reference]


@pytest.mark.requirement("XC-02")
def test_the_operator_brings_a_request_to_a_school_once(
    ctx: Context, organisation_id: str, make_school_system: Callable[..., SchoolSystem]
) -> None:
    says = {"support_email": "aide@phare.exemple.ca"}
    make_contact(ctx, organisation_id=organisation_id, audience="school:ecole-1", says=says)
    reference = support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    sent = {"reference": reference, "organisation_code": ORGANISATION_CODE, "school_source_id": "ecole-1"}
    support.send_to_school(ctx, **sent)
    school = reader(make_school_system)
    [item] = fed(school)["items"]
    assert (item["reference"], item["school_source_id"]) == (reference, "ecole-1")
    assert school.get(f"/support-requests/{item['id']}/screenshot").data == pictures.PNG
    assert [address for _, address, _ in posted(ctx)] == ["aide@phare.exemple.ca"]
    assert len(events_told(ctx, "support-requested")) == 1
    for do in (support.send_to_school, lambda ctx, **_: support.show_to_operator(ctx, reference=reference)):
        with pytest.raises(NotFound):
            do(ctx, **sent)


def test_the_operator_sees_no_request_of_a_schools(ctx: Context, child: Child) -> None:
    reference = support.submit_request(ctx, **asked(screenshot=pictures.PNG))
    for do in (support.show_to_operator, support.read_screenshot_for_operator, support.handle_for_operator):
        with pytest.raises(NotFound):
            do(ctx, reference=reference)
    with ctx.db.read() as session:
        assert queries.find_support_request_by_reference(session, "") is None
        assert session.scalar(select(func.count()).where(SupportRequest.handled_at.is_not(None))) == 0
