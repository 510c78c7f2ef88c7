import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.identity import operations
from services.identity.errors import ReauthenticationRequired
from services.identity.models import sessions
from services.identity.operations.signing_in import SignedIn
from shared.problems import NotFound, NotSignedIn
from tests.identity.world import CALLER, PHONE, REAUTHENTICATION, Identity
from tests.support.clock import FakeClock

MAKE = Callable[..., Identity]
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
IDLE = timedelta(minutes=30)


def end(identity: Identity, opened: SignedIn, session_id: str) -> None:
    own = {"by_session_id": opened.session.session_id, "account_id": opened.account.id}
    operations.end_session(identity.ctx, **own, session_id=session_id, **CALLER)


def end_others(identity: Identity, opened: SignedIn) -> list[str]:
    own = {"kept_session_id": opened.session.session_id, "account_id": opened.account.id}
    return operations.end_other_sessions(identity.ctx, **own, **CALLER)


@pytest.mark.requirement("SES-1")
def test_a_token_has_256_bits_and_only_its_digest_is_stored(identity: Identity) -> None:
    started = identity.make_account().session
    [row] = identity.rows(sessions)
    assert len(started.token) == 43
    assert row.token_digest == hashlib.sha256(started.token.encode()).hexdigest()
    assert started.token not in [str(value) for value in row]


@pytest.mark.requirement("SES-1")
def test_no_two_sessions_have_a_token_in_common(identity: Identity) -> None:
    started = [identity.make_account().session, *(identity.sign_in().session for _ in range(5))]
    assert len({each.token for each in started} | {each.csrf_token for each in started}) == 12


def test_introspect_tells_whose_session_a_token_is(identity: Identity) -> None:
    created = identity.make_account()
    live = identity.introspect(created.session.token)
    assert (live.session_id, live.account.id) == (created.session.session_id, created.account.id)
    assert (live.account.email, live.csrf_token) == ("parent@exemple.ca", created.session.csrf_token)


@pytest.mark.requirement("SES-1")
@pytest.mark.parametrize("token", ["", "nonsense", "é", "\x00", "x" * 500])
def test_introspect_knows_no_other_token(identity: Identity, token: str) -> None:
    identity.make_account()
    with pytest.raises(NotSignedIn):
        identity.introspect(token)


@pytest.mark.requirement("SES-1")
def test_introspect_does_not_take_the_digest_for_the_token(identity: Identity) -> None:
    identity.make_account()
    with pytest.raises(NotSignedIn):
        identity.introspect(identity.rows(sessions)[0].token_digest)


@pytest.mark.requirement("SES-4")
def test_a_session_ends_after_half_an_hour_without_use(identity: Identity, clock: FakeClock) -> None:
    token = identity.make_account().session.token
    clock.advance(IDLE - SECOND)
    assert identity.introspect(token).expires_at == clock.now() + SECOND
    clock.advance(IDLE - SECOND)
    assert identity.introspect(token)
    clock.advance(IDLE)
    with pytest.raises(NotSignedIn):
        identity.introspect(token)


@pytest.mark.requirement("SES-4")
def test_a_session_ends_after_twelve_hours_of_use(identity: Identity, clock: FakeClock) -> None:
    token = identity.make_account().session.token
    for _ in range(12 * 4 - 1):
        clock.advance(IDLE / 2)
        identity.introspect(token)
    clock.advance(IDLE / 2 - SECOND)
    assert identity.introspect(token)
    clock.advance(SECOND)
    with pytest.raises(NotSignedIn):
        identity.introspect(token)


@pytest.mark.requirement("SES-4")
def test_the_use_of_a_session_is_written_at_most_once_a_minute(identity: Identity, clock: FakeClock) -> None:
    token = identity.make_account().session.token
    began = clock.now()
    written = []
    for _ in range(6):
        clock.advance(timedelta(seconds=25))
        identity.introspect(token)
        written.append(identity.rows(sessions)[0].last_used_at - began)
    assert written == [timedelta(seconds=each) for each in (0, 0, 75, 75, 75, 150)]


@pytest.mark.requirement("SES-4")
def test_a_short_idle_time_is_kept_alive_by_use(make_identity: MAKE, clock: FakeClock) -> None:
    identity = make_identity(session_idle=timedelta(seconds=10))
    token = identity.make_account().session.token
    for _ in range(5):
        clock.advance(timedelta(seconds=8))
        assert identity.introspect(token)
    clock.advance(timedelta(seconds=10))
    with pytest.raises(NotSignedIn):
        identity.introspect(token)


@pytest.mark.requirement("ID-35", "SES-5")
def test_sign_out_ends_the_session_on_the_server(identity: Identity) -> None:
    created = identity.make_account()
    own = {"session_id": created.session.session_id, "account_id": created.account.id}
    operations.sign_out(identity.ctx, **own, **CALLER)
    with pytest.raises(NotSignedIn):
        identity.introspect(created.session.token)
    with pytest.raises(NotSignedIn):
        operations.sign_out(identity.ctx, **own, **CALLER)
    with pytest.raises(NotSignedIn):
        operations.read_session(identity.ctx, **own)


@pytest.mark.requirement("SES-6")
def test_list_sessions_shows_the_living_ones_last_used_first(identity: Identity, clock: FakeClock) -> None:
    created = identity.make_account()
    identity.make_account("other@exemple.ca")
    clock.advance(20 * MINUTE)
    second = identity.sign_in(device="A tablet").session
    clock.advance(5 * MINUTE)
    identity.introspect(created.session.token)
    page = operations.list_sessions(identity.ctx, account_id=created.account.id, limit=10, offset=0)
    assert [(row.id, row.device) for row in page.rows] == [
        (created.session.session_id, PHONE),
        (second.session_id, "A tablet"),
    ]
    assert page.total == 2
    page = operations.list_sessions(identity.ctx, account_id=created.account.id, limit=1, offset=1)
    assert [row.id for row in page.rows] == [second.session_id]
    clock.advance(26 * MINUTE)
    page = operations.list_sessions(identity.ctx, account_id=created.account.id, limit=10, offset=0)
    assert [row.id for row in page.rows] == [created.session.session_id]


@pytest.mark.requirement("SES-6")
def test_end_session_ends_one_of_the_accounts_own(identity: Identity) -> None:
    created = identity.make_account()
    other = identity.sign_in().session
    end(identity, created, other.session_id)
    with pytest.raises(NotSignedIn):
        identity.introspect(other.token)
    assert identity.introspect(created.session.token)


@pytest.mark.requirement("SES-6")
def test_end_session_does_not_find_another_accounts(identity: Identity) -> None:
    mine, strangers = identity.make_account(), identity.make_account("stranger@exemple.ca")
    for session_id in (strangers.session.session_id, "nonsense", ""):
        with pytest.raises(NotFound):
            end(identity, mine, session_id)
    assert identity.introspect(strangers.session.token)


@pytest.mark.requirement("SES-6")
def test_end_other_sessions_keeps_the_callers_own(identity: Identity) -> None:
    created = identity.make_account()
    strangers = identity.make_account("stranger@exemple.ca")
    others = [identity.sign_in().session for _ in range(3)]
    ended = end_others(identity, created)
    assert sorted(ended) == sorted(each.session_id for each in others)
    assert identity.introspect(created.session.token)
    assert identity.introspect(strangers.session.token)
    with pytest.raises(NotSignedIn):
        identity.introspect(others[0].token)


@pytest.mark.requirement("SES-6")
def test_ending_another_session_wants_a_recent_proof_and_ending_ones_own_does_not(
    identity: Identity, clock: FakeClock
) -> None:
    created = identity.make_account()
    other = identity.sign_in()
    clock.advance(REAUTHENTICATION - SECOND)
    end(identity, created, other.session.session_id)
    clock.advance(SECOND)
    other = identity.sign_in()
    for refused in (lambda: end(identity, created, other.session.session_id), lambda: end_others(identity, created)):
        with pytest.raises(ReauthenticationRequired):
            refused()
    assert identity.introspect(other.session.token)
    end(identity, created, created.session.session_id)
    with pytest.raises(NotSignedIn):
        end_others(identity, created)


@pytest.mark.requirement("SES-6")
def test_ending_the_others_is_told_by_a_letter_and_ending_nobody_is_not(identity: Identity) -> None:
    created = identity.make_account()
    assert end_others(identity, created) == []
    assert [letter["kind"] for letter in identity.letters()] == ["account_creation"]
    identity.sign_in()
    end_others(identity, created)
    assert [letter["kind"] for letter in identity.letters()][1:] == ["sessions_ended"]
    assert identity.activity(created) == ["other_sessions_ended", "signed_in", "account_created"]


@pytest.mark.requirement("SES-3")
def test_read_session_does_not_read_another_accounts(identity: Identity) -> None:
    mine, strangers = identity.make_account(), identity.make_account("stranger@exemple.ca")
    with pytest.raises(NotSignedIn):
        operations.read_session(identity.ctx, session_id=strangers.session.session_id, account_id=mine.account.id)
