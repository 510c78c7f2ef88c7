import pytest

from services.identity import consumers
from services.identity.consumers import (
    CHILD_LINKED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
    LINK_CONFIRMED,
    MOTIVATION_DUE,
    NOTICE_SHARED,
    REFUSAL_SHARED,
)
from shared import ids
from shared.messages import Event, UnreadableMessage
from tests.identity.world import Identity


def told(type: str, data: dict[str, object]) -> Event:
    return Event(id=ids.new(), type=type, source="/services/enrollment", topic=consumers.TOPICS[0], key="k", data=data)


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        (CHILD_LINKED, "child_linked"),
        (LINK_CONFIRMED, "child_confirmed"),
        (CHILD_UNLINKED, "child_unlinked"),
        (GUARDIAN_JOINED, "guardian_joined"),
        (NOTICE_SHARED, "notice_shared"),
        (MOTIVATION_DUE, "motivation_due"),
        (REFUSAL_SHARED, "refusal_shared"),
    ],
)
def test_an_event_about_a_child_writes_to_the_account_once(identity: Identity, type: str, kind: str) -> None:
    created = identity.make_account()
    event = told(type, {"account_id": created.account.id, "student_id": "3920071", "first_name": "Éloïse"})
    for _ in range(2):
        consumers.handlers(identity.ctx)[type](event)
    letter = identity.letters()[-1]
    assert [each["kind"] for each in identity.letters()].count(kind) == 1
    assert (letter["kind"], letter["to"]) == (kind, "parent@exemple.ca")
    assert "Éloïse" not in letter["text"] + letter["html"] + letter["subject"]
    assert "3920071" not in letter["text"] + letter["html"]


@pytest.mark.requirement("EN-14", "EN-23")
@pytest.mark.parametrize(
    ("occasion", "kind"), [("claim", "child_linked"), ("correction", "waiting_child_linked"), ("later", "child_linked")]
)
def test_a_child_linked_by_a_correction_is_told_in_other_words_and_once(
    identity: Identity, occasion: str, kind: str
) -> None:
    created = identity.make_account()
    event = told(CHILD_LINKED, {"account_id": created.account.id, "occasion": occasion})
    for _ in range(2):
        consumers.handlers(identity.ctx)[CHILD_LINKED](event)
    kinds = [each["kind"] for each in identity.letters()]
    assert [each for each in kinds if each.endswith("child_linked")] == [kind]


def test_an_event_about_an_account_that_is_gone_writes_to_nobody(identity: Identity) -> None:
    consumers.handlers(identity.ctx)[CHILD_LINKED](told(CHILD_LINKED, {"account_id": ids.new()}))
    assert identity.letters() == []


@pytest.mark.parametrize("data", [{}, {"account_id": None}, {"account_id": 7}, {"account_id": "a", "occasion": 7}])
def test_an_event_without_its_account_is_unreadable(identity: Identity, data: dict[str, object]) -> None:
    with pytest.raises(UnreadableMessage):
        consumers.handlers(identity.ctx)[CHILD_LINKED](told(CHILD_LINKED, data))
