"""What a request does, counted: the same with and without an account (ACC-3, COD-13), and little of it (SES-11).

Counts instead of times: a timed test fails on a busy machine and passes on a slow attacker.
`python -m tests.benchmarks.identity_timing` measures the times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.identity import operations
from services.identity.models import accounts
from services.identity.rules import codes
from shared.digests import Digester, Seal
from shared.problems import Problem
from tests.identity.world import GOOD, OTHER, RESEND, Identity, other_address, wrong
from tests.support.clock import FakeClock


@contextmanager
def statements_of(identity: Identity) -> Iterator[list[str]]:
    """Collect the statements that the block sends to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # SQLite's BEGIN passes here, PostgreSQL's does not.
        sent.extend([statement] if not statement.startswith("BEGIN") else [])

    engine = identity.ctx.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def work_of(identity: Identity, call: Callable[[], Any]) -> list[str]:
    with statements_of(identity) as sent:
        try:
            call()
        except Problem as refusal:
            sent.append(refusal.code())
    return sent


@pytest.mark.requirement("COD-13")
@pytest.mark.parametrize("purpose", [codes.ACCOUNT_CREATION, codes.PASSWORD_RESET])
def test_asking_for_a_code_is_the_same_work_with_and_without_an_account(
    identity: Identity, clock: FakeClock, purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.make_account("known@exemple.ca")
    sealed: list[int] = []
    close = Seal.close

    def counted(seal: Seal, text: str) -> bytes:
        sealed.append(len(text))
        return close(seal, text)

    monkeypatch.setattr(Seal, "close", counted)
    work = []
    for number in range(3):
        clock.advance(RESEND)
        for email in ("known@exemple.ca", "other@exemple.ca"):
            address = other_address(number)
            work.append(work_of(identity, lambda: identity.ask(email, purpose, address=address)))  # noqa: B023
    # Round by round: whether a code was asked for before is no secret, whether there is an account is one.
    assert work[0::2] == work[1::2]
    assert max(map(len, work)) <= 6
    assert len(sealed) == len(work)


@pytest.mark.requirement("COD-13", "COD-9")
def test_asking_again_too_soon_is_the_same_work_with_and_without_an_account(
    identity: Identity, clock: FakeClock
) -> None:
    identity.make_account("known@exemple.ca")
    clock.advance(RESEND)
    work = []
    for email in ("known@exemple.ca", "other@exemple.ca"):
        identity.ask(email)
        work.append(work_of(identity, lambda: identity.ask(email)))  # noqa: B023
    assert work[0] == work[1]


@pytest.mark.requirement("ACC-3")
def test_a_refused_sign_in_is_the_same_work_for_every_cause(
    identity: Identity, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.make_account()
    identity.make_account("social@exemple.ca")
    with identity.ctx.db.transaction() as session:
        session.execute(
            accounts.update()
            .where(accounts.c.email_key == "social@exemple.ca")
            .values(password_hash=None, password_pepper=None)
        )
    judged = []
    agrees = identity.ctx.passwords.agrees

    def counted(*given: Any) -> bool:
        judged.append(given)
        return agrees(*given)

    monkeypatch.setattr(identity.ctx.passwords, "agrees", counted)
    causes = [
        ("parent@exemple.ca", OTHER),
        ("parent@exemple.ca", ""),
        ("parent@exemple.ca", "kw" * 64 + "k"),
        ("nobody@exemple.ca", GOOD),
        ("social@exemple.ca", GOOD),
        ("no address", GOOD),
    ]
    work = [work_of(identity, lambda: identity.sign_in(email, password)) for email, password in causes]  # noqa: B023
    assert all(each == work[0] for each in work)
    assert len(judged) == len(causes)


@pytest.mark.requirement("ACC-3", "ACC-4")
def test_a_sign_in_during_the_wait_is_the_same_work_whatever_the_password(identity: Identity) -> None:
    identity.make_account()
    for email in ("parent@exemple.ca", "nobody@exemple.ca"):
        for _ in range(5):
            work_of(identity, lambda: identity.sign_in(email, OTHER))  # noqa: B023
    tried = [("parent@exemple.ca", GOOD), ("parent@exemple.ca", OTHER), ("nobody@exemple.ca", OTHER)]
    work = [work_of(identity, lambda: identity.sign_in(email, password)) for email, password in tried]  # noqa: B023
    assert all(each == work[0] for each in work)


@pytest.mark.requirement("SES-11")
def test_reading_a_session_is_one_statement(identity: Identity, clock: FakeClock) -> None:
    token = identity.make_account().session.token
    clock.advance(timedelta(seconds=30))
    assert len(work_of(identity, lambda: identity.introspect(token))) == 1
    clock.advance(timedelta(seconds=31))
    # Once a minute its use is noted.
    assert len(work_of(identity, lambda: identity.introspect(token))) == 2
    assert len(work_of(identity, lambda: identity.introspect(token))) == 1


@pytest.mark.requirement("ACC-3")
def test_a_refused_client_is_the_same_work_for_every_cause(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    client, revoked = identity.add_client(), identity.add_client()
    operations.add_secret(identity.ctx, client_id=client.client_id)
    operations.revoke_client(identity.ctx, client_id=revoked.client_id)
    compared: list[str] = []
    agrees = Digester.agrees

    def counted(digester: Digester, stored: str, *given: str) -> bool:
        compared.append(f"{len(stored)}")
        return agrees(digester, stored, *given)

    monkeypatch.setattr(Digester, "agrees", counted)
    causes = [
        {"client_secret": "vitrail_secret_wrong"},
        {"client_id": revoked.client_id},
        {"client_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"},
        {"client_id": "no id", "client_secret": ""},
    ]
    work = [work_of(identity, lambda: identity.give_token(client, **cause)) for cause in causes]  # noqa: B023
    assert all(each == work[0] for each in work)
    assert work[0][-1] == "client_rejected"
    assert len(work[0]) <= 4
    assert (len(compared), len(set(compared))) == (2 * len(causes), 1)


@pytest.mark.requirement("SES-11")
def test_reading_a_school_s_token_is_one_statement_and_giving_it_is_few(identity: Identity) -> None:
    client = identity.add_client()
    assert len(work_of(identity, lambda: identity.give_token(client))) <= 5
    token = identity.give_token(client).token
    assert len(work_of(identity, lambda: operations.introspect_token(identity.ctx, token=token))) == 1


def test_verifying_a_code_is_few_statements(identity: Identity) -> None:
    challenge_id = identity.ask()
    code = identity.code()
    assert len(work_of(identity, lambda: identity.verify(challenge_id, wrong(code)))) <= 4
    assert len(work_of(identity, lambda: identity.verify(challenge_id, code))) <= 6
