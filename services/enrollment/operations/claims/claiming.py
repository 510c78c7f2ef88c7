"""Proving a child: the claim, its limits, and its one neutral refusal (api.md `POST /claims`; security.md §0, CHD).

form of the identifier and of the date      refused without spending anything (CHD-10)
organisation known, subscribed              404, 409
the account's own e-mail on a file there    403, nothing compared, nothing counted
the account's and the address's budgets     429; spent before anything is compared, given back by a success
the child's and the number's budgets        spent by whoever is not on the file; used up: refused uncompared
every field compared                        422, the same answer whatever differs
the link                                    201; held already: 200
"""

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    ClaimMismatch,
    EmailNotOnFile,
    IdentifierMalformed,
    OrganisationNotSubscribed,
    TooManyClaims,
)
from services.enrollment.operations.claims import bills, judging, linking, rejections
from services.enrollment.operations.claims.attempts import Attempt, Claimant
from services.enrollment.operations.claims.linking import Claimed
from services.enrollment.rules import birth_dates, emails, identifiers, matching
from shared import budgets, ids, logs
from shared.problems import NotFound, Problem, ValidationFailed

log = logs.get(__name__)

_IMPOSSIBLE_DATE: Final = (
    "Cette date de naissance n’est pas celle d’un élève. | This is not the date of birth of a student."
)
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
) -> Claimed:
    """Link the child to the account when everything that is said of it agrees with the school's file (EN-09 to EN-15).

    `email` is the account's own, proven; `address` the network address of the asker. Another account's link to the
    same child changes nothing: each guardian proves the child by an e-mail of their own (EN-25).

    Raises:
        IdentifierMalformed, ValidationFailed: the form is wrong; nothing is spent (CHD-10).
        NotFound: there is no such organisation.
        OrganisationNotSubscribed: it takes no part.
        EmailNotOnFile: the e-mail is on no student's file there, whatever else was said.
        TooManyClaims: the account or the address has failed too often.
        ClaimMismatch: anything else; the answer never says what.
        TooManyChildren: the claim is right, and the account holds as many children as it may.
    """
    now = ctx.clock.now()
    today = birth_dates.today(now)
    number = identifiers.parse(identifier)
    if number is None:
        raise IdentifierMalformed(errors=[{"pointer": "#/identifier", "detail": _IMPOSSIBLE_FORM}])
    if not birth_dates.is_possible(birth_on, on=today, oldest=ctx.settings.oldest_student):
        raise ValidationFailed(errors=[{"pointer": "#/birth_date", "detail": _IMPOSSIBLE_DATE}])

    claimant = Claimant(account_id=account_id, email_key=emails.key(email), address=address)
    claim = matching.Claim(last_name=last_name, first_name=first_name, birth_on=birth_on)
    _check_door(ctx, organisation_id=organisation_id, claimant=claimant)
    attempt = Attempt(organisation_id=organisation_id, claimant=claimant, claim=claim, number=number, at=now)
    with ctx.db.transaction() as session:
        outcome = _decide(ctx, session, attempt)
    # After the block: what a refusal has counted and written must stay.
    if isinstance(outcome, Problem):
        log.info("claim_refused", code=outcome.code(), organisation_id=organisation_id)
        raise outcome
    log.info("child_linked" if outcome.is_new else "child_held_already", organisation_id=organisation_id)
    return outcome


def _check_door(ctx: Context, *, organisation_id: str, claimant: Claimant) -> None:
    """Refuse what can be refused without looking at any child, and without counting."""
    if not ids.is_id(organisation_id):
        raise NotFound
    with ctx.db.read() as session:
        door = queries.find_door(session, organisation_id=organisation_id, email_key=claimant.email_key)
    if door is None:
        raise NotFound
    if not door.is_subscribed:
        raise OrganisationNotSubscribed
    if not door.is_email_on_file:
        log.info("claim_refused", code=EmailNotOnFile.code(), organisation_id=organisation_id)
        raise EmailNotOnFile


def _decide(ctx: Context, session: Session, attempt: Attempt) -> Claimed | Problem:
    """Count, compare, and write what follows, in one transaction; return the refusal instead of raising it.

    The first statement locks the budgets of the account and of the address until the end. So claims of one account go
    one after the other: a right one that is on its way never uses up the attempts of the next, and of sixteen wrong
    ones no more are compared than the budget has.
    """
    own_bill = bills.of_claimant(ctx, attempt.claimant)
    exhausted = budgets.spend(session, own_bill, at=attempt.at)
    if exhausted is not None:
        return TooManyClaims(retry_after=exhausted.retry_after)
    judged = judging.judge(ctx, session, attempt)
    if judged.candidate is None or judged.differing:
        return ClaimMismatch(support_reference=rejections.write(session, attempt, judged))
    if queries.is_disputed(
        session,
        student_id=judged.candidate.student_id,
        account_id=attempt.claimant.account_id,
        email_key=attempt.claimant.email_key,
    ):
        # Letting go of a disputed link, or of the account, opens no way around the school's decision.
        return ClaimMismatch(
            support_reference=rejections.write(session, attempt, replace(judged, differing=("disputed",)))
        )
    budgets.give_back(session, own_bill, spent_at=attempt.at, at=attempt.at)
    return linking.link(ctx, session, attempt, judged.candidate)
