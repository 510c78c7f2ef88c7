"""Messages that an account has read."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from services.records.context import Context
from services.records.models import Reading
from services.records.operations.family import readings
from services.records.rules import kinds
from services.records.schemas.kinds.news import MessageOut
from shared import ids
from tests.support import entries
from tests.support.records import ACCOUNT, OTHER_ACCOUNT, Browser, Child, Enrollment

MakeBrowser = Callable[..., Browser]


def mark(browser: Browser, child: Child, message_id: str, **body: Any) -> Any:
    return browser.call("PATCH", f"/children/{child.id}/messages/{message_id}", json=body or {"is_read": True})


def are_read(browser: Browser, child: Child) -> list[bool]:
    return [item["is_read"] for item in browser.get(f"/children/{child.id}/messages").json["items"]]


@pytest.fixture
def message_id(ctx: Context, child: Child) -> str:
    """A message to everybody of the organisation."""
    return entries.stand(ctx, kinds.MESSAGE, organisation_id=child.organisation_id)


@pytest.mark.requirement("RE-14")
def test_mark_message_is_kept_for_the_account(browser: Browser, child: Child, message_id: str) -> None:
    assert are_read(browser, child) == [False]
    answer = mark(browser, child, message_id)
    assert MessageOut().validate(answer.json) == {}
    assert (answer.status_code, answer.json["is_read"], answer.json["id"]) == (200, True, message_id)
    # Twice is once.
    assert mark(browser, child, message_id).json == answer.json
    assert are_read(browser, child) == [True]


@pytest.mark.requirement("RE-14")
def test_mark_message_takes_it_back(browser: Browser, child: Child, message_id: str) -> None:
    mark(browser, child, message_id)
    assert mark(browser, child, message_id, is_read=False).json["is_read"] is False
    assert mark(browser, child, message_id, is_read=False).status_code == 200
    assert are_read(browser, child) == [False]


@pytest.mark.requirement("RE-14")
def test_mark_message_is_no_other_guardians(
    browser: Browser, make_browser: MakeBrowser, told: Enrollment, child: Child, message_id: str
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    mark(browser, child, message_id)
    other = make_browser(account_id=OTHER_ACCOUNT)
    assert are_read(other, child) == [False]
    assert mark(other, child, message_id, is_read=False).json["is_read"] is False
    assert are_read(browser, child) == [True]


@pytest.mark.requirement("RE-14")
def test_mark_message_counts_for_each_child_that_it_is_for(
    browser: Browser, told: Enrollment, child: Child, message_id: str
) -> None:
    sibling = told.make_child(child.organisation_id)
    told.link(sibling)
    mark(browser, child, message_id)
    assert are_read(browser, sibling) == [True]


@pytest.mark.requirement("CHD-13", "RE-14")
def test_mark_message_refuses_what_is_not_the_childs(
    ctx: Context, browser: Browser, make_browser: MakeBrowser, told: Enrollment, child: Child, message_id: str
) -> None:
    of = {"organisation_id": child.organisation_id}
    another = entries.stand(ctx, kinds.MESSAGE, **of, student_source_id="eleve-d-autrui")
    no_message = entries.stand(ctx, kinds.RESOURCE, **of)
    for each in (another, no_message, ids.new(), "nonsense"):
        assert mark(browser, child, each).status_code == 404
    assert mark(make_browser(account_id=OTHER_ACCOUNT), child, message_id).status_code == 404
    told.unlink(child)
    assert mark(browser, child, message_id).status_code == 404


@pytest.mark.requirement("RE-17")
def test_mark_message_refuses_where_the_organisation_offers_no_messages(
    browser: Browser, make_school_system: Callable[..., Any], child: Child, message_id: str
) -> None:
    make_school_system("records.write").put("/tiles", {"tiles": ["results"]})
    assert mark(browser, child, message_id).status_code == 404


@pytest.mark.parametrize(
    "body", [{"is_read": None}, {"is_read": "peut-être"}, {"read": True}, {"is_read": True, "a": 1}]
)
def test_mark_message_refuses_what_is_no_answer(
    browser: Browser, child: Child, message_id: str, body: dict[str, Any]
) -> None:
    assert mark(browser, child, message_id, **body).status_code == 422


@pytest.mark.requirement("RE-14")
def test_mark_message_is_written_once_by_everybody_at_once(ctx: Context, child: Child, message_id: str) -> None:
    told: list[Any] = []

    def read() -> None:
        told.append(
            readings.mark_message(
                ctx, account_id=ACCOUNT, child_id=child.id, message_id=message_id, is_read=True, language="fr"
            )
        )

    for _ in range(3):
        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(told) == 24
    with ctx.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Reading)) == 1


@pytest.mark.requirement("CHD-13")
def test_mark_message_tells_a_stranger_nothing_of_what_it_wants_to_hear(
    make_browser: MakeBrowser, child: Child, message_id: str
) -> None:
    stranger = make_browser(account_id=OTHER_ACCOUNT)
    answers = [mark(stranger, child, message_id, **body) for body in ({"is_read": True}, {"is_read": 7}, {"odd": 1})]
    assert [each.status_code for each in answers] == [404, 404, 404]
