"""Proving a child: the claim, its limits, and its one neutral refusal (api.md `POST /claims`; security.md §0, CHD).

form of the identifier, the date, the PIN   refused without spending anything (CHD-10)
organisation known, subscribed              404, 409
the account's own e-mail on a file there    403, nothing compared, nothing counted; not asked of whoever brings a PIN
the account's and the address's budgets     429; spent before anything is compared, given back by a success
the child's, the number's, the board's      spent by whoever is not on the file; used up: refused uncompared (`guessing`)
every field compared, and the PIN           422, the same answer whatever differs
the link                                    201; held already: 200

What is refused after its form was right (403, 422) waits for the school to correct its file (`cases`).
"""

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    ClaimMismatch,
    EmailNotOnFile,
    IdentifierMalformed,
    OrganisationNotSubscribed,
    TooManyClaims,
)
from services.enrollment.operations.claims import bills, cases, guessing, judging, linking, trying
from services.enrollment.operations.claims.attempts import Attempt, Claimant
from services.enrollment.operations.claims.judging import Judged
from services.enrollment.operations.claims.linking import Claimed
from services.enrollment.rules import birth_dates, days, emails, identifiers, matching, pins
from shared import budgets, ids, logs, outbox
from shared.problems import NotFound, Problem, ValidationFailed

log = logs.get(__name__)

_IMPOSSIBLE_DATE: Final = (
    "Cette date de naissance n’est pas celle d’un élève. | This is not the date of birth of a student."
)
_IMPOSSIBLE_PIN: Final = "Le NIP compte 8 lettres et chiffres, tels que l’école les a remis. | A PIN has 8 letters and digits, as the school gave it."
_IMPOSSIBLE_FORM: Final = (
    "Le numéro de fiche compte 7 chiffres, le code permanent 4 lettres et 8 chiffres."
    " | A file number has 7 digits, a permanent code 4 letters and 8 digits."
)


def claim_child(
    ctx: Context,
    *,
    account_id: str,
    email: str,
    address: str,
    organisation_id: str,
    last_name: str,
    first_name: str,
    birth_on: date,
    identifier: str,
    pin: str = "",
) -> Claimed:
    """Link the child to the account when everything that is said of it agrees with the school's file (EN-09 to EN-15).

    `email` is the account's own, proven; `address` the network address of the asker. Another account's link to the
    same child changes nothing: each guardian proves the child by an e-mail of their own (EN-25), or by a PIN that the
    school gave them (EN-02), which stands in for an e-mail that the file does not have and for nothing else.

    Raises:
        IdentifierMalformed, ValidationFailed: the form is wrong; nothing is spent (CHD-10).
        NotFound: there is no such organisation.
        OrganisationNotSubscribed: it takes no part.
        EmailNotOnFile: the e-mail is on no student's file there, whatever else was said, and no PIN was.
        TooManyClaims: the account or the address has failed too often.
        ClaimMismatch: anything else; the answer never says what.
        TooManyChildren: the claim is right, and the account holds as many children as it may.
    """
    now = ctx.clock.now()
    today = days.today(now)
    number = identifiers.parse(identifier)
    if number is None:
        raise IdentifierMalformed(errors=[{"pointer": "#/identifier", "detail": _IMPOSSIBLE_FORM}])
    if not birth_dates.is_possible(birth_on, on=today, oldest=ctx.settings.oldest_student):
        raise ValidationFailed(errors=[{"pointer": "#/birth_date", "detail": _IMPOSSIBLE_DATE}])
    typed_pin = pins.parse(pin)
    if pin.strip() and typed_pin is None:
        raise ValidationFailed(errors=[{"pointer": "#/pin", "detail": _IMPOSSIBLE_PIN}])

    claimant = Claimant(account_id=account_id, email_key=emails.key(email), address=address)
    claim = matching.Claim(last_name=last_name, first_name=first_name, birth_on=birth_on)
    attempt = Attempt(
        organisation_id=organisation_id, claimant=claimant, claim=claim, number=number, pin=typed_pin, at=now
    )
    _check_door(ctx, attempt)
    with ctx.db.transaction() as session:
        outcome = _decide(ctx, session, attempt)
    # After the block: what a refusal has counted and written must stay.
    if isinstance(outcome, Problem):
        log.info("claim_refused", code=outcome.code(), organisation_id=organisation_id)
        raise outcome
    log.info("child_linked" if outcome.is_new else "child_held_already", organisation_id=organisation_id)
    return outcome


def _check_door(ctx: Context, attempt: Attempt) -> None:
    """Refuse what can be refused without looking at any child, and without counting.

    Whoever is on no file waits for the school to put them there. What else of the claim agrees is not looked at here, so
    that this refusal takes the same statements and the same time whatever was typed (CHD-2).
    """
    organisation_id = attempt.organisation_id
    if not ids.is_id(organisation_id):
        raise NotFound
    with ctx.db.read() as session:
        door = queries.find_door(session, organisation_id=organisation_id, email_key=attempt.claimant.email_key)
    if door is None:
        raise NotFound
    if not door.is_subscribed:
        raise OrganisationNotSubscribed
    if not door.is_email_on_file and attempt.pin is None:
        with ctx.db.transaction() as session:
            # Taken and not spent: refusals of one account go one after the other, as all of its claims do.
            budgets.Hold(session, bills.of_account(ctx, attempt.claimant.account_id), at=attempt.at)
            reference = cases.write(ctx, session, attempt, student_id=None, differing=[judging.EMAIL])
        log.info("claim_refused", code=EmailNotOnFile.code(), organisation_id=organisation_id)
        raise EmailNotOnFile(support_reference=reference)


def _decide(ctx: Context, session: Session, attempt: Attempt) -> Claimed | Problem:
    """Count, compare, and write what follows, in one transaction; return the refusal instead of raising it."""
    account = guessing.AccountBudget(ctx, session, attempt)
    if account.retry_after is not None:
        account.leave()
        return TooManyClaims(retry_after=account.retry_after)
    candidates = judging.look_up(ctx, session, attempt)
    admission = guessing.admit(ctx, session, attempt, is_on_file=candidates.is_email_on_record)
    if admission.retry_after is not None:
        account.leave()
        return TooManyClaims(retry_after=admission.retry_after)
    account.spend()
    if admission.exhausted is not None:
        outcome: Claimed | Problem = _refuse(
            ctx, session, attempt, Judged(candidate=None, differing=(judging.ATTEMPTS,))
        )
    else:
        outcome = _prove(ctx, session, attempt, candidates, refundable=[*account.bill, *admission.refundable])
    if admission.surge is not None:
        # Last, as whatever takes the outbox's aggregates.
        surge = events.claim_failures_surged(
            organisation_id=attempt.organisation_id, failures=admission.surge, at=attempt.at
        )
        outbox.add(session, surge, at=attempt.at)
        log.warning("claim_failures_surged", organisation_id=attempt.organisation_id, failures=admission.surge)
    return outcome


def _prove(
    ctx: Context, session: Session, attempt: Attempt, candidates: queries.Candidates, *, refundable: budgets.Bill
) -> Claimed | Problem:
    """Compare, and link what agrees."""
    judged = judging.compare(attempt.claim, candidates)
    if attempt.pin is not None:
        judged = _judge_with_pin(ctx, session, attempt, candidates, judged)
    candidate = judged.candidate
    if candidate is None or judged.differing:
        return _refuse(ctx, session, attempt, judged)
    whose = {"student_id": candidate.student_id, "account_id": attempt.claimant.account_id}
    if queries.is_disputed(session, **whose, email_key=attempt.claimant.email_key):
        # Letting go of a disputed link, or of the account, opens no way around the school's decision.
        return _refuse(ctx, session, attempt, replace(judged, differing=(judging.DISPUTED,)))
    budgets.give_back(session, refundable, spent_at=attempt.at, at=attempt.at)
    waiting = cases.lock(session, account_id=attempt.claimant.account_id)
    linked = linking.link(ctx, session, attempt, candidate, pin=judged.right_pin if judged.stands_by_pin else None)
    if judged.right_pin is not None and isinstance(linked, Claimed):
        trying.use_pin(session, attempt, judged.right_pin, student_id=candidate.student_id)
    if isinstance(linked, Claimed):
        cases.settle(ctx, session, waiting, attempt, student_id=candidate.student_id, outcome=cases.CLAIMED)
    return linked


def _judge_with_pin(
    ctx: Context, session: Session, attempt: Attempt, candidates: queries.Candidates, judged: Judged
) -> Judged:
    """Let a right PIN stand in for the mailbox, and for nothing else; a wrong one is a field that differs (EN-02)."""
    others = tuple(name for name in judged.differing if name != judging.EMAIL)
    meant = None if others else judged.candidate
    right = trying.try_pin(ctx, session, attempt, candidates, meant=meant)
    if meant is None or right is None:
        return replace(judged, differing=(*others, judging.PIN))
    if meant.rights:
        return replace(judged, right_pin=right)
    rights = meant.rights_by_pin(right.guardian_source_id, on=days.today(attempt.at))
    # Whom it names has no access, or the file shuts out the account's own mailbox: a PIN changes neither.
    return Judged(
        candidate=replace(meant, rights=rights),
        differing=() if rights else (judging.EMAIL,),
        right_pin=right,
        stands_by_pin=True,
    )


def _refuse(ctx: Context, session: Session, attempt: Attempt, judged: Judged) -> Problem:
    """Let the claim wait, and return the one refusal that never says what differs."""
    student_id = judged.candidate.student_id if judged.candidate else None
    reference = cases.write(ctx, session, attempt, student_id=student_id, differing=judged.differing)
    return ClaimMismatch(support_reference=reference)
