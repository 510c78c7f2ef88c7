"""Which account holds which child: what happens to a link, and its state."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.enrollment.events import shapes
from services.enrollment.rules import suspensions
from shared.event_shapes import closed_object, identifier, moment, word
from shared.messages import Event, EventType, Outside

GUARDIANSHIPS_TOPIC: Final = "vitrail.guardianships.v1"
# Why a link ended: the parent let go of it, or deleted the account that held it.
UNLINKED_BY_PARENT: Final = "parent"
UNLINKED_WITH_ACCOUNT: Final = "account_deleted"
# The school agreed with the guardian who disputed the link.
UNLINKED_BY_SCHOOL: Final = "disputed"
# The school took back the PIN that the link stood by.
UNLINKED_WITH_PIN: Final = "pin_revoked"
# What a link came about by: the parent's own claim, or the school's correction for which a refused claim waited.
BY_CLAIM: Final = "claim"
BY_CORRECTION: Final = "correction"

CHILD_LINKED = EventType(
    type="ca.vitrail.enrollment.child-linked.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un compte a prouvé qu’un enfant est le sien et y a accès désormais, avec ces droits."
    " | An account has proven a child and holds it from now on, with these rights.",
    schema=closed_object(
        optional=["occasion"],
        link_id=shapes.LINK,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        rights=shapes.RIGHTS,
        linked_at=shapes.LINKED_AT,
        occasion=word(
            "À quelle occasion : « claim », le parent l’a demandé et tout concordait ; « correction », l’école a corrigé son"
            " dossier, et la demande que le parent avait faite concorde maintenant. | On what occasion: “claim”, the parent"
            " asked for it and everything agreed; “correction”, the school has corrected its file, and the claim that the"
            " parent had made agrees now.",
            known=[BY_CLAIM, BY_CORRECTION],
            otherwise="L’enfant est associé, quelle qu’en soit l’occasion. | The child is linked, whatever the occasion.",
        ),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "rights": ["view_file", "report_absences", "re_register"],
        "linked_at": "2026-01-15T14:30:00+00:00",
        "occasion": "claim",
    },
    outside={
        "child_id": Outside.PSEUDONYM,
        "account_id": Outside.PSEUDONYM,
        "rights": Outside.AS_IS,
        "linked_at": Outside.AS_IS,
    },
)

CHILD_UNLINKED = EventType(
    type="ca.vitrail.enrollment.child-unlinked.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un compte n’a plus accès à un enfant. | An account no longer holds a child.",
    schema=closed_object(
        link_id=shapes.LINK,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        reason=word(
            "Pourquoi : « parent », le parent a retiré l’enfant de son compte ; « account_deleted », il a supprimé"
            " son compte ; « disputed », l’école a donné raison au répondant qui le contestait ; « pin_revoked », elle a repris le NIP qui l’avait prouvé. | Why: “parent”, the parent"
            " let go of the child; “account_deleted”, the parent deleted the account; “disputed”, the school agreed with the"
            " guardian who disputed the link; “pin_revoked”, it took back the PIN that had proven the child.",
            known=[UNLINKED_BY_PARENT, UNLINKED_WITH_ACCOUNT, UNLINKED_BY_SCHOOL, UNLINKED_WITH_PIN],
            otherwise="Le lien a pris fin, quelle qu’en soit la raison. | The link has ended, whatever the reason.",
        ),
        unlinked_at=moment("Le moment où le lien a pris fin. | When the link ended."),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "reason": "parent",
        "unlinked_at": "2026-02-02T09:00:00+00:00",
    },
    outside={
        "child_id": Outside.PSEUDONYM,
        "account_id": Outside.PSEUDONYM,
        "reason": Outside.AS_IS,
        "unlinked_at": Outside.AS_IS,
    },
)

GUARDIAN_JOINED = EventType(
    type="ca.vitrail.enrollment.guardian-joined.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un autre compte a prouvé un enfant que ce compte avait déjà : son titulaire doit le savoir."
    " | Another account has proven a child that this account held already: its holder must know.",
    schema=closed_object(
        child_id=shapes.CHILD,
        account_id=identifier("Le compte à prévenir. | The account to be told."),
        organisation_id=shapes.ORGANISATION,
        joined_link_id=identifier("Le lien de l’autre compte. | The other account’s link."),
        joined_at=moment("Le moment où l’autre compte a prouvé l’enfant. | When the other account proved the child."),
    ),
    sample={
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "joined_link_id": "01980a5d-1122-7c3e-8d52-3f6f0c2f4a11",
        "joined_at": "2026-01-16T18:00:00+00:00",
    },
)

LINK_SUSPENDED = EventType(
    type="ca.vitrail.enrollment.link-suspended.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un compte garde le lien avec un enfant, mais n’a plus accès à rien jusqu’à nouvel ordre."
    " | An account keeps the link to a child and has access to nothing until further notice.",
    schema=closed_object(
        link_id=shapes.LINK,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        reason=word(
            "Pourquoi : « registry », le dossier de l’école ne l’y autorise plus ; « email_changed », le compte a changé"
            " de courriel et n’est pas revenu depuis ; « disputed », quelqu’un au dossier le conteste et l’école décidera ; « to_confirm »,"
            " l’organisation veut que l’enfant soit prouvé de nouveau."
            " | Why: “registry”, the school’s file no longer lets it; “email_changed”, the account has another e-mail and has"
            " not been back since; “disputed”, somebody on the file disputes it and the school will decide;"
            " “to_confirm”, the organisation wants the child proven again.",
            known=[suspensions.REGISTRY, suspensions.EMAIL_CHANGED, suspensions.DISPUTED, suspensions.TO_CONFIRM],
            otherwise="Le lien est suspendu, quelle qu’en soit la raison. | The link is suspended, whatever the reason.",
        ),
        suspended_at=moment("Le moment où le lien a été suspendu. | When the link was suspended."),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "reason": "registry",
        "suspended_at": "2026-01-20T03:10:00+00:00",
    },
    # The school hears that somebody says « ce n’est pas moi », and asks `GET /school/v1/disputes` whose child it is.
    outside={
        "child_id": Outside.PSEUDONYM,
        "account_id": Outside.PSEUDONYM,
        "reason": Outside.AS_IS,
        "suspended_at": Outside.AS_IS,
    },
)

LINK_RESTORED = EventType(
    type="ca.vitrail.enrollment.link-restored.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un lien qui était suspendu ne l’est plus : le compte a de nouveau ces droits."
    " | A link that was suspended is so no more: the account has these rights again.",
    schema=closed_object(
        link_id=shapes.LINK,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        rights=shapes.RIGHTS,
        restored_at=moment("Le moment où le lien a été rétabli. | When the link was restored."),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "rights": ["view_file", "report_absences"],
        "restored_at": "2026-01-22T03:10:00+00:00",
    },
    outside={
        "child_id": Outside.PSEUDONYM,
        "account_id": Outside.PSEUDONYM,
        "rights": Outside.AS_IS,
        "restored_at": Outside.AS_IS,
    },
)

LINK_CONFIRMED = EventType(
    type="ca.vitrail.enrollment.link-confirmed.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Un compte a prouvé de nouveau un enfant auquel il était déjà lié, comme l’organisation le demandait."
    " | An account has proven again a child that it held already, as the organisation wanted.",
    schema=closed_object(
        link_id=shapes.LINK,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        confirmed_at=moment("Le moment où l’enfant a été prouvé de nouveau. | When the child was proven again."),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "confirmed_at": "2026-01-23T19:40:00+00:00",
    },
)

GUARDIANSHIP_CHANGED = EventType(
    type="ca.vitrail.enrollment.guardianship-changed.v1",
    topic=GUARDIANSHIPS_TOPIC,
    key_form="account:<id>/student:<id>",
    summary="Ce qu’un compte est pour un enfant en ce moment ; sans données, il ne l’est plus."
    " | What an account is to a child at this moment; without data, it is so no more.",
    schema=closed_object(
        optional=["school_source_id", "level", "grade"],
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        student_source_id=shapes.STUDENT_SOURCE,
        school_source_id=shapes.SCHOOL_SOURCE,
        level=shapes.LEVEL,
        grade=shapes.GRADE,
        rights=shapes.RIGHTS,
        linked_at=shapes.LINKED_AT,
    ),
    sample={
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "student_source_id": "b7c2e1d0-4f7a-4c8e-9a53-1f6f9a2b8c11",
        "school_source_id": "3d9a6f52-08be-4b77-8f10-5c2e7a90d4b6",
        "level": "secondary",
        "grade": "10",
        "rights": ["view_file", "report_absences", "re_register"],
        "linked_at": "2026-01-15T14:30:00+00:00",
    },
    is_state=True,
)


def child_linked(
    *,
    link_id: str,
    student_id: str,
    account_id: str,
    organisation_id: str,
    rights: Iterable[str],
    at: datetime,
    occasion: str = BY_CLAIM,
) -> Event:
    """Say that an account holds a child."""
    return _about(
        CHILD_LINKED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        link_id=link_id,
        rights=list(rights),
        linked_at=at,
        occasion=occasion,
    )


def child_unlinked(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, reason: str, at: datetime
) -> Event:
    """Say that an account no longer holds a child."""
    return _about(
        CHILD_UNLINKED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        link_id=link_id,
        reason=reason,
        unlinked_at=at,
    )


def guardian_joined(
    *, student_id: str, account_id: str, organisation_id: str, joined_link_id: str, at: datetime
) -> Event:
    """Say to the holder of an account that another account has proven a child of theirs."""
    return _about(
        GUARDIAN_JOINED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        joined_link_id=joined_link_id,
        joined_at=at,
    )


def link_suspended(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, reason: str, at: datetime
) -> Event:
    """Say that an account has no access to a child that it holds, until further notice."""
    return _about(
        LINK_SUSPENDED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        link_id=link_id,
        reason=reason,
        suspended_at=at,
    )


def link_restored(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, rights: Iterable[str], at: datetime
) -> Event:
    """Say that an account has access again to a child that it holds."""
    return _about(
        LINK_RESTORED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        link_id=link_id,
        rights=list(rights),
        restored_at=at,
    )


def link_confirmed(*, link_id: str, student_id: str, account_id: str, organisation_id: str, at: datetime) -> Event:
    """Say that an account has proven again a child that it held."""
    return _about(
        LINK_CONFIRMED,
        student_id=student_id,
        account_id=account_id,
        organisation_id=organisation_id,
        link_id=link_id,
        confirmed_at=at,
    )


def guardianship_changed(
    *,
    student_id: str,
    account_id: str,
    organisation_id: str,
    student_source_id: str,
    school_source_id: str | None,
    rights: Iterable[str],
    linked_at: datetime,
    level: str | None = None,
    grade: str | None = None,
) -> Event:
    """Say what an account is to a child from now on, and how the school's own system knows the child.

    What the registry does not say is left out.
    """
    placement = {"school_source_id": school_source_id, "level": level, "grade": grade}
    return GUARDIANSHIP_CHANGED.about(
        key=guardianship_key(account_id=account_id, student_id=student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "student_source_id": student_source_id,
            **{name: value for name, value in placement.items() if value is not None},
            "rights": list(rights),
            "linked_at": linked_at,
        },
    )


def guardianship_ended(*, student_id: str, account_id: str, organisation_id: str) -> Event:
    """Say that an account is nothing to a child any more: the topic may forget that it was."""
    return GUARDIANSHIP_CHANGED.ended(
        key=guardianship_key(account_id=account_id, student_id=student_id),
        subject=student_id,
        organisation_id=organisation_id,
    )


def guardianship_key(*, account_id: str, student_id: str) -> str:
    """Return the key of what one account is to one student."""
    return f"account:{account_id}/student:{student_id}"


def _about(event_type: EventType, *, student_id: str, account_id: str, organisation_id: str, **rest: object) -> Event:
    """Return an event about what an account is to a child; the child's events keep their order."""
    whose = {"child_id": student_id, "account_id": account_id, "organisation_id": organisation_id}
    return event_type.about(
        key=shapes.student_key(student_id), subject=student_id, organisation_id=organisation_id, data={**whose, **rest}
    )
