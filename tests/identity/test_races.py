from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from services.identity.models import accounts, challenges, school_client_secrets, school_tokens, sessions
from services.identity.operations.school_clients import Registered
from services.identity.rules import codes
from services.identity.rules.client_credentials import GRANT_TYPE, TokenRequest
from services.identity.rules.passwords import Kept
from shared.clock import SystemClock
from tests.identity import world
from tests.identity.racing import DONE, Racers, at_once, calls_of
from tests.identity.world import CALLER, GOOD, HOME, OTHER, PHONE, Identity, other_address, wrong
from tests.support.databases import Databases

ROUNDS = 10
WIDE = {
    "mailbox_quarter_limit": 10_000,
    "mailbox_day_limit": 10_000,
    "address_minute_limit": 100_000,
    "address_day_limit": 100_000,
    "address_sign_in_limit": 100_000,
    "address_client_limit": 100_000,
    "client_wrong_limit": 100_000,
}


@pytest.fixture
def open_racing(databases: Databases) -> Iterator[Callable[..., Identity]]:
    """Open identity for many threads, under the machine's clock."""
    opened: list[Identity] = []

    def open_one(**overrides: Any) -> Identity:
        url = databases.create(world.prepare)
        given = {"clock": SystemClock(), "resend_interval": timedelta(0), "threads": 16} | WIDE | overrides
        opened.append(world.open_identity(url, **given))
        return opened[-1]

    yield open_one
    for each in opened:
        each.ctx.db.close()


@pytest.fixture
def racing(open_racing: Callable[..., Identity]) -> Identity:
    return open_racing()


def url_of(identity: Identity) -> str:
    assert isinstance(identity.ctx.db.engine.pool, QueuePool)
    return identity.ctx.db.url.render_as_string(hide_password=False)


def verification(challenge_id: str, code: str, number: int = 0) -> dict[str, Any]:
    return {"challenge_id": challenge_id, "code": code, "address": other_address(number)}


def token_of(client: Registered) -> dict[str, Any]:
    request = TokenRequest(grant_type=GRANT_TYPE, scope="", client_id=client.client_id, client_secret=client.secret)
    return {"request": request, "address": HOME}


def saving(ticket: str, password: str = GOOD) -> dict[str, Any]:
    both = {"password": password, "password_confirmation": password}
    return {"ticket": ticket, **both, "language": "fr", **CALLER}


def asking(email: str, purpose: str = codes.ACCOUNT_CREATION) -> dict[str, Any]:
    return {"email": email, "purpose": purpose, "language": "fr", "address": HOME}


def entering(email: str, password: str) -> dict[str, Any]:
    who = {"email": email, "password": password, "address": HOME, "device": PHONE}
    return {**who, "device_token": None, "replaced_session_id": None}


@pytest.mark.slow
@pytest.mark.requirement("COD-5")
def test_a_right_code_given_by_many_at_once_in_two_processes_is_taken_once(racing: Identity) -> None:
    with Racers(url_of(racing), threads=16) as racers:
        for number in range(100):
            challenge_id = racing.ask(f"parent{number}@exemple.ca")
            told = racers.race("verify_code", [verification(challenge_id, racing.code())] * 32)
            assert Counter(told) == {DONE: 1, "code_rejected": 31}


@pytest.mark.slow
@pytest.mark.requirement("COD-6")
def test_of_many_wrong_codes_at_once_in_two_processes_five_are_compared(racing: Identity) -> None:
    with Racers(url_of(racing), threads=16) as racers:
        for number in range(ROUNDS):
            challenge_id = racing.ask(f"parent{number}@exemple.ca")
            code = racing.code()
            calls = [verification(challenge_id, wrong(code), each) for each in range(64)]
            assert Counter(racers.race("verify_code", calls)) == {"code_rejected": 5, "too_many_attempts": 59}
            assert racers.race("verify_code", [verification(challenge_id, code)] * 2) == ["too_many_attempts"] * 2


@pytest.mark.requirement("COD-7")
def test_of_many_wrong_codes_at_once_over_many_challenges_twenty_are_compared(
    open_racing: Callable[..., Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    racing = open_racing(code_attempts=100)
    racing.make_account()
    compared = []
    agrees = racing.ctx.code_digests.agrees

    def counted(*given: str) -> bool:
        compared.append(given)
        return agrees(*given)

    monkeypatch.setattr(racing.ctx.code_digests, "agrees", counted)
    opened = [(racing.ask(purpose=purpose), racing.code()) for purpose in codes.PURPOSES]
    calls = [verification(opened[each % 3][0], wrong(opened[each % 3][1]), each) for each in range(48)]
    assert Counter(at_once(calls_of(racing, "verify_code", calls))) == {"code_rejected": 48}
    assert len(compared) == 20


@pytest.mark.requirement("ACC-8")
def test_one_ticket_spent_by_many_at_once_makes_one_account(racing: Identity) -> None:
    for number in range(ROUNDS):
        ticket = racing.ticket(f"parent{number}@exemple.ca")
        told = at_once(calls_of(racing, "create_account", [saving(ticket)] * 16))
        assert told.count(DONE) == 1
        assert set(told) <= {DONE, "not_verified", "account_exists"}
    assert len(racing.rows(accounts)) == ROUNDS


@pytest.mark.slow
@pytest.mark.requirement("ACC-8")
def test_many_proofs_of_one_mailbox_in_two_processes_make_one_account(racing: Identity) -> None:
    with Racers(url_of(racing), threads=16) as racers:
        for number in range(ROUNDS):
            names = [f"Parent{number}@Exemple.ca", f"PARENT{number}@exemple.CA", f"parent{number}@exemple.ca"]
            tickets = [racing.ticket(names[each % 3]) for each in range(8)]
            told = racers.race("create_account", [saving(tickets[each % 8]) for each in range(32)])
            assert told.count(DONE) == 1
            assert set(told) <= {DONE, "not_verified", "account_exists"}
    assert len(racing.rows(accounts)) == ROUNDS


@pytest.mark.requirement("COD-16")
def test_one_ticket_spent_by_many_at_once_sets_one_password(racing: Identity) -> None:
    racing.make_account()
    passwords = [f"Crayon-Vert{number:02}" for number in range(16)]
    for _ in range(3):
        ticket = racing.ticket(purpose=codes.PASSWORD_RESET)
        calls = [{"ticket": ticket, "password": each, "password_confirmation": each, **CALLER} for each in passwords]
        told = at_once(calls_of(racing, "reset_password", calls))
        assert Counter(told) == {DONE: 1, "not_verified": 15}
        assert racing.sign_in(password=passwords[told.index(DONE)])


@pytest.mark.requirement("ID-10", "COD-9")
def test_many_requests_at_once_send_one_code(open_racing: Callable[..., Identity]) -> None:
    racing = open_racing(resend_interval=timedelta(seconds=60))
    for number in range(ROUNDS):
        told = at_once(calls_of(racing, "request_code", [asking(f"parent{number}@exemple.ca")] * 12))
        assert told == [DONE] * 12
    assert len(racing.letters()) == len(racing.rows(challenges)) == ROUNDS


@pytest.mark.requirement("ID-10")
def test_many_requests_at_once_leave_one_live_code_when_each_sends_one(racing: Identity) -> None:
    for number in range(ROUNDS):
        assert at_once(calls_of(racing, "request_code", [asking(f"parent{number}@exemple.ca")] * 12)) == [DONE] * 12
    closed = Counter(row.closed_as for row in racing.rows(challenges))
    # Two that meet in one moment may share a code; each code has its letter, and one of a mailbox's is live.
    assert (closed[None], set(closed)) == (ROUNDS, {None, codes.SUPERSEDED})
    assert len(racing.letters()) == closed.total()


@pytest.mark.requirement("COD-10")
def test_of_many_requests_at_once_five_letters_go_to_one_mailbox(open_racing: Callable[..., Identity]) -> None:
    racing = open_racing(mailbox_quarter_limit=5)
    told = at_once(calls_of(racing, "request_code", [asking("parent@exemple.ca")] * 16))
    assert set(told) == {DONE, "too_many_requests"}
    assert len(racing.letters()) == 5


def judged_by(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note for each password that is judged whether it was judged against an account's."""
    judged: list[bool] = []
    agrees = identity.ctx.passwords.agrees

    def counted(kept: Kept | None, password: str) -> bool:
        judged.append(kept is not None)
        return agrees(kept, password)

    monkeypatch.setattr(identity.ctx.passwords, "agrees", counted)
    return judged


@pytest.mark.requirement("ACC-4")
def test_of_many_wrong_passwords_at_once_five_are_judged(racing: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(ROUNDS):
        email = f"parent{number}@exemple.ca"
        racing.make_account(email)
        with monkeypatch.context() as patched:
            judged = judged_by(racing, patched)
            told = at_once(calls_of(racing, "sign_in", [entering(email, OTHER)] * 16))
        assert told == ["credentials_rejected"] * 16
        assert (judged.count(True), judged.count(False)) == (5, 11)


@pytest.mark.requirement("ACC-4")
def test_many_right_passwords_at_once_all_get_in(racing: Identity) -> None:
    racing.make_account()
    for _ in range(3):
        assert at_once(calls_of(racing, "sign_in", [entering("parent@exemple.ca", GOOD)] * 20)) == [DONE] * 20


@pytest.mark.slow
@pytest.mark.requirement("ACC-4")
def test_many_right_passwords_at_once_in_two_processes_all_get_in(racing: Identity) -> None:
    racing.make_account()
    with Racers(url_of(racing), threads=10) as racers:
        assert racers.race("sign_in", [entering("parent@exemple.ca", GOOD)] * 20) == [DONE] * 20


@pytest.mark.requirement("SES-10")
def test_many_sign_ins_at_once_leave_no_more_sessions_than_an_account_may_have(
    open_racing: Callable[..., Identity],
) -> None:
    racing = open_racing(session_limit=3)
    racing.make_account()
    assert at_once(calls_of(racing, "sign_in", [entering("parent@exemple.ca", GOOD)] * 12)) == [DONE] * 12
    assert len(racing.rows(sessions)) == 3


@pytest.mark.requirement("PWD-8")
def test_many_sign_ins_at_once_all_get_in_while_the_password_is_hashed_anew(racing: Identity) -> None:
    racing.make_account()
    chosen = world.settings("", pepper_keys=(*world.key("pepper"), *world.key("newer")))
    renewing = world.open_identity(
        url_of(racing),
        threads=16,
        pepper_keys=chosen.pepper_keys,
        passwords=world.cheap_passwords(chosen),
        **WIDE,
    )
    assert at_once(calls_of(renewing, "sign_in", [entering("parent@exemple.ca", GOOD)] * 12)) == [DONE] * 12
    [row] = racing.rows(accounts)
    assert not renewing.ctx.passwords.is_outdated(Kept(row.password_pepper, row.password_hash))
    renewing.ctx.db.close()


@pytest.mark.slow
@pytest.mark.requirement("SES-5")
def test_no_token_outlives_the_client_or_the_secret_that_is_revoked_meanwhile(racing: Identity) -> None:
    for _ in range(ROUNDS):
        client, kept = racing.add_client(), racing.add_client()
        asked = calls_of(racing, "give_token", [token_of(client)] * 6)
        end_client = calls_of(racing, "revoke_client", [{"client_id": client.client_id}])
        told = at_once([*asked[:3], *end_client, *asked[3:]])
        assert set(told) <= {DONE, "client_rejected"}
        asked = calls_of(racing, "give_token", [token_of(kept)] * 6)
        facts = {"client_id": kept.client_id, "secret_id": kept.secret_id}
        told = at_once([*asked[:3], *calls_of(racing, "revoke_secret", [facts]), *asked[3:]])
        assert set(told) <= {DONE, "client_rejected"}
        assert told[3] == DONE
        assert racing.rows(school_tokens) == []


@pytest.mark.slow
def test_a_client_never_has_three_secrets_however_many_rotate_it(racing: Identity) -> None:
    for _ in range(ROUNDS):
        client = racing.add_client()
        told = at_once(calls_of(racing, "add_secret", [{"client_id": client.client_id}] * 8))
        assert Counter(told) == {DONE: 1, "too_many_secrets": 7}
        held = [row for row in racing.rows(school_client_secrets) if row.client_id == client.client_id]
        assert len(held) == 2


@pytest.mark.slow
@pytest.mark.requirement("SES-10")
def test_a_client_has_no_more_tokens_than_it_may_however_many_it_asks_for(
    open_racing: Callable[..., Identity],
) -> None:
    racing = open_racing(school_token_limit=3)
    for _ in range(ROUNDS):
        client = racing.add_client()
        told = at_once(calls_of(racing, "give_token", [token_of(client)] * 12))
        assert Counter(told) == {DONE: 12}
        with racing.ctx.db.read() as session:
            held = session.execute(select(school_tokens).where(school_tokens.c.client_id == client.client_id)).all()
        assert len(held) == 3


@pytest.mark.slow
def test_many_wrong_secrets_at_once_never_hold_up_the_right_one(open_racing: Callable[..., Identity]) -> None:
    racing = open_racing(client_wrong_limit=3)
    client = racing.add_client()
    wrong_one = Registered(
        client_id=client.client_id, secret_id=client.secret_id, secret="wrong", expires_at=client.expires_at
    )
    for _ in range(ROUNDS):
        told = at_once(calls_of(racing, "give_token", [token_of(wrong_one)] * 10 + [token_of(client)] * 2))
        assert told[10:] == [DONE, DONE]
        assert set(told[:10]) <= {"client_rejected", "too_many_wrong_secrets"}
