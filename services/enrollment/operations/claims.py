"""Proving a child: the claim, its limits, and its one neutral refusal (api.md `POST /claims`; security.md §0, CHD).

form of the identifier and of the date      refused without spending anything (CHD-10)
organisation known, subscribed              404, 409
the account's own e-mail on a file there    403, nothing compared, nothing counted
the account's and the address's budgets     429; spent before anything is compared, given back by a success
the child's and the number's budgets        spent by whoever is not on the file; used up: refused uncompared
every field compared                        422, the same answer whatever differs
the link                                    201; held already: 200
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    ClaimMismatch,
    EmailNotOnFile,
    IdentifierMalformed,
    OrganisationNotSubscribed,
    TooManyChildren,
    TooManyClaims,
)
from services.enrollment.models import Link, RejectedClaim
from services.enrollment.operations import journal
from services.enrollment.rules import (
    addresses,
    birth_dates,
    emails,
    identifiers,
    matching,
    student_keys,
    support_references,
    suspensions,
)
from services.enrollment.rules.identifiers import Identifier
from shared import budgets, ids, logs, outbox
from shared.budgets import Budget
from shared.database import insert_for
from shared.problems import NotFound, Problem, ValidationFailed

log = logs.get(__name__)

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)

_IMPOSSIBLE_DATE: Final = (
    "Cette date de naissance n’est pas celle d’un élève. | This is not the date of birth of a student."
)
_IMPOSSIBLE_FORM: Final = (
    "Le numéro de fiche compte 7 chiffres, le code permanent 4 lettres et 8 chiffres."
    " | A file number has 7 digits, a permanent code 4 letters and 8 digits."
)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The child, and whether the account did not hold it before."""

    child: dict[str, Any]
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class _Claimant:
    """Who claims, as far as the budgets and the registry ask."""

    account_id: str
    email_key: str
    address: str


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """One claim, well formed."""

    organisation_id: str
    claimant: _Claimant
    claim: matching.Claim
    number: Identifier
    at: datetime


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A claim compared with the registry: whom it means, and what differs (for the school alone)."""

    candidate: queries.Candidate | None
    differing: tuple[str, ...]


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

    claimant = _Claimant(account_id=account_id, email_key=emails.key(email), address=address)
    claim = matching.Claim(last_name=last_name, first_name=first_name, birth_on=birth_on)
    _check_door(ctx, organisation_id=organisation_id, claimant=claimant)
    attempt = _Attempt(organisation_id=organisation_id, claimant=claimant, claim=claim, number=number, at=now)
    with ctx.db.transaction() as session:
        outcome = _decide(ctx, session, attempt)
    # After the block: what a refusal has counted and written must stay.
    if isinstance(outcome, Problem):
        log.info("claim_refused", code=outcome.code(), organisation_id=organisation_id)
        raise outcome
    log.info("child_linked" if outcome.is_new else "child_held_already", organisation_id=organisation_id)
    return outcome


def _check_door(ctx: Context, *, organisation_id: str, claimant: _Claimant) -> None:
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


def _decide(ctx: Context, session: Session, attempt: _Attempt) -> Claimed | Problem:
    """Count, compare, and write what follows, in one transaction; return the refusal instead of raising it.

    The first statement locks the budgets of the account and of the address until the end. So claims of one account go
    one after the other: a right one that is on its way never uses up the attempts of the next, and of sixteen wrong
    ones no more are compared than the budget has.
    """
    own_bill = _own_bill(ctx, attempt.claimant)
    exhausted = budgets.spend(session, own_bill, at=attempt.at)
    if exhausted is not None:
        return TooManyClaims(retry_after=exhausted.retry_after)
    judged = _judge(ctx, session, attempt)
    if judged.candidate is None or judged.differing:
        return ClaimMismatch(support_reference=_write_rejection(session, attempt, judged))
    if queries.is_disputed(
        session,
        student_id=judged.candidate.student_id,
        account_id=attempt.claimant.account_id,
        email_key=attempt.claimant.email_key,
    ):
        # Letting go of a disputed link, or of the account, opens no way around the school's decision.
        return ClaimMismatch(
            support_reference=_write_rejection(session, attempt, replace(judged, differing=("disputed",)))
        )
    budgets.give_back(session, own_bill, spent_at=attempt.at, at=attempt.at)
    return _link(ctx, session, attempt, judged.candidate)


def _judge(ctx: Context, session: Session, attempt: _Attempt) -> _Judged:
    """Find whom the claim means and compare, in as many statements for a hit as for a miss (CHD-3).

    Whoever is on the file of the child that the claim means, by its number or by its name, is spared the budgets of the
    child: a stranger who used them up does not stop the parents (CHD-6). What such a parent spends instead is counted
    by their own account and never refuses, so that the work is the same.
    """
    organisation_id, claim, number = attempt.organisation_id, attempt.claim, attempt.number
    code = student_keys.permanent_code(organisation_id, number.value)
    identity = student_keys.child_identity(
        organisation_id, family_name=claim.last_name, given_name=claim.first_name, birth_on=claim.birth_on
    )
    candidates = queries.find_candidates(
        session,
        organisation_id=organisation_id,
        identifier=number,
        code_digests=ctx.digester.digests(*code) if number.kind == "permanent_code" else [],
        identity_digests=ctx.digester.digests(*identity),
        email_key=attempt.claimant.email_key,
        on=birth_dates.today(attempt.at),
    )
    is_spared = candidates.is_email_on_record
    if is_spared:
        child = of_number = ctx.digester.digest("spared-claims", attempt.claimant.account_id)
    else:
        child = ctx.digester.digest(*identity)
        of_number = ctx.digester.digest(*student_keys.claimed_number(organisation_id, number.value))
    exhausted = budgets.spend(session, _child_bill(ctx, number, child, of_number), at=attempt.at)
    if exhausted is not None and not is_spared:
        log.warning("child_claims_exhausted", budget=exhausted.budget.name, organisation_id=organisation_id)
        return _Judged(candidate=None, differing=("attempts",))
    return _compare(claim, candidates)


def _compare(claim: matching.Claim, candidates: queries.Candidates) -> _Judged:
    """Compare every field, with nobody's file when nobody has the number."""
    candidate = candidates.by_number
    differing = matching.differences(claim, candidate.record if candidate else matching.DECOY)
    if candidate is None:
        has_left = any(not each.record.is_active for each in candidates.by_identity)
        return _Judged(candidate=None, differing=("status",) if has_left else ("identifier",))
    return _Judged(candidate=candidate, differing=differing if candidate.rights else (*differing, "email"))


def _write_rejection(session: Session, attempt: _Attempt, judged: _Judged) -> str:
    """Keep what the school's secretary needs, and return the reference under which it is found (W10)."""
    reference = support_references.new()
    session.execute(
        insert(RejectedClaim),
        {
            "reference": reference,
            "organisation_id": attempt.organisation_id,
            "account_id": attempt.claimant.account_id,
            "student_id": judged.candidate.student_id if judged.candidate else None,
            "differing": list(judged.differing),
            "at": attempt.at,
        },
    )
    return reference


def _link(ctx: Context, session: Session, attempt: _Attempt, candidate: queries.Candidate) -> Claimed | Problem:
    """Write the link, its event and its entry in the journal, once (CHD-15)."""
    account_id, student_id, at = attempt.claimant.account_id, candidate.student_id, attempt.at
    # Counted under the lock of the account's budgets: two claims of one account cannot both take the last place.
    others = queries.count_other_children(session, account_id=account_id, student_id=student_id)
    link_id = None
    if others < ctx.settings.most_children:
        link_id = _insert_link(session, attempt, student_id, rights=candidate.rights)
    if link_id is not None:
        linked = events.child_linked(
            link_id=link_id,
            student_id=student_id,
            account_id=account_id,
            organisation_id=attempt.organisation_id,
            rights=candidate.rights,
            at=at,
        )
        guardianship = events.guardianship_changed(
            student_id=student_id,
            account_id=account_id,
            organisation_id=attempt.organisation_id,
            rights=candidate.rights,
            linked_at=at,
        )
        # Whoever holds the child already must learn of it (CHD-11), but for those to whom its file is closed.
        told = [
            events.guardian_joined(
                student_id=student_id,
                account_id=other.account_id,
                organisation_id=attempt.organisation_id,
                joined_link_id=link_id,
                at=at,
            )
            for other in queries.list_other_guardians(session, student_id=student_id, account_id=account_id)
            if other.suspension not in (suspensions.REGISTRY, suspensions.DISPUTED)
        ]
        outbox.add_all(session, [linked, guardianship, *told], at=at)
        journal.write(session, student_id=student_id, account_id=account_id, action=journal.CHILD_LINKED, at=at)
    held = queries.find_child(
        session,
        account_id=account_id,
        email_key=attempt.claimant.email_key,
        student_id=student_id,
        on=birth_dates.today(at),
    )
    if held is None:
        return TooManyChildren(most_children=ctx.settings.most_children)
    return Claimed(child=held.document, is_new=link_id is not None)


def _insert_link(session: Session, attempt: _Attempt, student_id: str, *, rights: Iterable[str]) -> str | None:
    """Return the new link's id, or None when the account holds the child already."""
    claim = (
        insert_for(session, Link)
        .values(
            id=ids.new(),
            student_id=student_id,
            organisation_id=attempt.organisation_id,
            account_id=attempt.claimant.account_id,
            rights=list(rights),
            email_key=attempt.claimant.email_key,
            linked_at=attempt.at,
        )
        .on_conflict_do_nothing(index_elements=["account_id", "student_id"], index_where=text("ended_at IS NULL"))
        .returning(Link.id)
    )
    link_id: str | None = session.scalar(claim)
    return link_id


def _own_bill(ctx: Context, claimant: _Claimant) -> budgets.Bill:
    """Return the budgets of the account (CHD-4) and of the address (CHD-7)."""
    limits = ctx.settings
    account = ctx.digester.digest("claiming-account", claimant.account_id)
    address = ctx.digester.digest("claiming-address", addresses.asker(claimant.address))
    if addresses.is_within(claimant.address, limits.wide_networks):
        of_address = Budget(name="claims-wide-address-hour", limit=limits.claims_per_wide_address_hour, window=HOUR)
    else:
        of_address = Budget(name="claims-address-hour", limit=limits.claims_per_address_hour, window=HOUR)
    return [
        (Budget(name="claims-account-hour", limit=limits.claims_per_account_hour, window=HOUR), account),
        (Budget(name="claims-account-day", limit=limits.claims_per_account_day, window=DAY), account),
        (Budget(name="claims-account-month", limit=limits.claims_per_account_month, window=MONTH), account),
        (of_address, address),
    ]


def _child_bill(ctx: Context, number: Identifier, child: str, number_subject: str) -> budgets.Bill:
    """Return the budgets of one child and of one number, over all accounts (CHD-5)."""
    limits = ctx.settings
    bill = [
        (Budget(name="claims-child-day", limit=limits.claims_per_child_day, window=DAY), child),
        (Budget(name="claims-child-month", limit=limits.claims_per_child_month, window=MONTH), child),
        (Budget(name="claims-number-day", limit=limits.claims_per_number_day, window=DAY), number_subject),
    ]
    if number.kind == "permanent_code":
        bill.append((Budget(name="permanent-codes-child", limit=limits.permanent_codes_per_child, window=None), child))
    return bill
