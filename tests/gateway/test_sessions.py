import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from gateway import sessions
from gateway.errors import CsrfRejected
from gateway.holders import FRESH_FOR_S, STALE_FOR_S, Holders
from gateway.sessions import Credential, Session
from shared.problems import Unavailable
from tests.gateway.conftest import CSRF_TOKEN, TOKEN, FakeSeconds, session_document
from tests.support.clock import FakeClock


class FakeIdentity:
    """Answers introspections; `reply` may be a session, None, or a refusal."""

    def __init__(self) -> None:
        self.reply: Session | Exception | None = Session.read(session_document())
        self.asked: list[str] = []
        self.on_ask: Callable[[], Awaitable[None]] | None = None

    async def ask(self, token: str) -> Session | None:
        self.asked.append(token)
        reply = self.reply
        if self.on_ask is not None:
            await self.on_ask()
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
def identity() -> FakeIdentity:
    return FakeIdentity()


@pytest.fixture
def known(identity: FakeIdentity, clock: FakeClock, seconds: FakeSeconds) -> Holders[Session]:
    return Holders(identity.ask, clock=clock, now=seconds)


def find(known: Holders[Session], *, is_write: bool = False, token: str = TOKEN) -> Session | None:
    return asyncio.run(known.find(token, is_write=is_write))


def test_find_asks_once_for_the_reads_of_two_seconds(
    known: Holders[Session], identity: FakeIdentity, seconds: FakeSeconds
) -> None:
    first = find(known)
    seconds.advance(FRESH_FOR_S - 0.01)
    second = find(known)

    assert first == second == Session.read(session_document())
    assert identity.asked == [TOKEN]


@pytest.mark.requirement("SES-5")
def test_find_asks_again_after_two_seconds(
    known: Holders[Session], identity: FakeIdentity, seconds: FakeSeconds
) -> None:
    find(known)
    identity.reply = None
    seconds.advance(FRESH_FOR_S)

    assert find(known) is None
    assert len(identity.asked) == 2


@pytest.mark.requirement("SES-5")
def test_find_asks_anew_for_every_write(known: Holders[Session], identity: FakeIdentity) -> None:
    find(known)
    find(known, is_write=True)
    identity.reply = None

    assert find(known, is_write=True) is None
    assert len(identity.asked) == 3


@pytest.mark.requirement("SES-5")
def test_find_forgets_for_reads_what_a_write_learnt(known: Holders[Session], identity: FakeIdentity) -> None:
    find(known)
    identity.reply = None
    find(known, is_write=True)

    assert find(known) is None


@pytest.mark.requirement("SES-5")
@pytest.mark.parametrize("name", ["session-1", "account:account-1"])
def test_end_takes_effect_at_once(known: Holders[Session], identity: FakeIdentity, name: str) -> None:
    find(known)
    identity.reply = None

    known.end([name])

    assert find(known) is None


def test_end_leaves_other_sessions_alone(known: Holders[Session], identity: FakeIdentity) -> None:
    find(known)

    known.end(["session-2", "account:account-2"])

    assert find(known) is not None
    assert len(identity.asked) == 1


@pytest.mark.requirement("SES-5")
@pytest.mark.parametrize("is_write", [False, True])
def test_find_does_not_believe_an_answer_older_than_the_end(
    known: Holders[Session], identity: FakeIdentity, is_write: bool
) -> None:
    async def end_meanwhile() -> None:
        known.end(["session-1"])
        identity.on_ask = None

    identity.on_ask = end_meanwhile

    assert find(known, is_write=is_write) is None
    identity.reply = None
    assert find(known) is None


@pytest.mark.requirement("GWY-5")
def test_find_lets_reads_pass_for_a_minute_without_identity(
    known: Holders[Session], identity: FakeIdentity, seconds: FakeSeconds
) -> None:
    find(known)
    identity.reply = Unavailable()
    seconds.advance(STALE_FOR_S - 0.01)

    assert find(known) is not None


@pytest.mark.requirement("GWY-5")
def test_find_refuses_reads_after_a_minute_without_identity(
    known: Holders[Session], identity: FakeIdentity, seconds: FakeSeconds
) -> None:
    find(known)
    identity.reply = Unavailable()
    seconds.advance(STALE_FOR_S)

    with pytest.raises(Unavailable):
        find(known)


@pytest.mark.requirement("GWY-5")
def test_find_refuses_writes_without_identity(known: Holders[Session], identity: FakeIdentity) -> None:
    find(known)
    identity.reply = Unavailable()

    with pytest.raises(Unavailable):
        find(known, is_write=True)


@pytest.mark.requirement("GWY-5", "SES-5")
def test_find_refuses_an_ended_session_without_identity(
    known: Holders[Session], identity: FakeIdentity, seconds: FakeSeconds
) -> None:
    find(known)
    known.end(["session-1"])
    identity.reply = Unavailable()
    seconds.advance(FRESH_FOR_S)

    with pytest.raises(Unavailable):
        find(known)


@pytest.mark.requirement("SES-4")
def test_find_knows_when_a_remembered_session_expires(
    known: Holders[Session], identity: FakeIdentity, clock: FakeClock
) -> None:
    find(known)
    clock.move_to(Session.read(session_document()).expires_at - timedelta(seconds=1))
    assert find(known) is not None

    clock.advance(timedelta(seconds=1))

    assert find(known) is None
    assert len(identity.asked) == 1


def test_find_asks_once_for_all_who_want_to_know_at_the_same_time(
    known: Holders[Session], identity: FakeIdentity
) -> None:
    async def ask_together() -> list[Session | None]:
        gate = asyncio.Event()
        identity.on_ask = gate.wait  # type: ignore[assignment]
        waiting = [asyncio.ensure_future(known.find(TOKEN, is_write=False)) for _ in range(20)]
        while not identity.asked:
            await asyncio.sleep(0)
        gate.set()
        return list(await asyncio.gather(*waiting))

    answers = asyncio.run(ask_together())

    assert {answer.session_id for answer in answers if answer} == {"session-1"}
    assert len(answers) == 20
    assert identity.asked == [TOKEN]


def test_find_answers_the_others_when_one_caller_gives_up(known: Holders[Session], identity: FakeIdentity) -> None:
    async def one_leaves() -> Session | None:
        gate = asyncio.Event()
        identity.on_ask = gate.wait  # type: ignore[assignment]
        leaving = asyncio.ensure_future(known.find(TOKEN, is_write=False))
        staying = asyncio.ensure_future(known.find(TOKEN, is_write=False))
        while not identity.asked:
            await asyncio.sleep(0)
        leaving.cancel()
        gate.set()
        return await staying

    assert asyncio.run(one_leaves()) is not None


@pytest.mark.parametrize("token", ["", "short", "x" * 600, "with space in the middle", "quote'--; drop", "é" * 30])
def test_find_does_not_ask_for_what_is_no_token(known: Holders[Session], identity: FakeIdentity, token: str) -> None:
    assert find(known, token=token) is None
    assert identity.asked == []


@pytest.mark.requirement("SES-1")
def test_sessions_keep_no_token(known: Holders[Session]) -> None:
    find(known)

    assert TOKEN not in repr(vars(known))


@pytest.mark.requirement("SES-2")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Cookie": "vitrail=abc"}, Credential("abc", is_cookie=True)),
        ({"Cookie": 'a=1; vitrail="abc"; b=2'}, Credential("abc", is_cookie=True)),
        ({"Cookie": "vitrail-device=abc"}, None),
        ({"Cookie": "xvitrail=abc"}, None),
        ({"Cookie": "vitrail=abc; vitrail=def"}, None),
        ({"Authorization": "Bearer abc"}, Credential("abc", is_cookie=False)),
        ({"Authorization": "bearer   abc"}, Credential("abc", is_cookie=False)),
        ({"Authorization": "Bearer abc", "Cookie": "vitrail=def"}, Credential("abc", is_cookie=False)),
        ({"Authorization": "Bearer a b", "Cookie": "vitrail=def"}, Credential("", is_cookie=False)),
        ({"Authorization": "Basic abc", "Cookie": "vitrail=def"}, Credential("def", is_cookie=True)),
    ],
)
def test_credential_takes_the_bearer_token_or_the_cookie_never_both(
    headers: Mapping[str, str], expected: Credential | None
) -> None:
    assert sessions.credential(headers, cookie_name="vitrail") == expected


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("given", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": "é"}])
def test_require_csrf_token_refuses_any_other(given: dict[str, str]) -> None:
    with pytest.raises(CsrfRejected):
        sessions.require_csrf_token(given, Session.read(session_document()))


@pytest.mark.requirement("SES-7")
def test_require_csrf_token_takes_the_sessions_own() -> None:
    sessions.require_csrf_token({"X-CSRF-Token": CSRF_TOKEN}, Session.read(session_document()))


@pytest.mark.parametrize("change", [{"expires_at": "2026-01-15T22:30:00"}, {"expires_at": "soon"}, {"roles": None}])
def test_read_refuses_another_document_than_agreed(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Session.read(session_document(**change))
