"""What enrollment tells the others: which account holds which child, and what changed in the registry.

Everything about one student has the key `student:<id>`, so that its order holds; a child's id in the public API is the
student's id here. Beside what happens to a link, its state is told on a compacted topic, keyed by account and student:
whoever keeps a projection of guardianships makes it anew from there. Identifiers, moments and enumerations only: no name,
number, date of birth or address.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.enrollment.rules import suspensions
from shared.event_shapes import closed_object, identifier, inner_object, moment, plain_word, several, text, word
from shared.messages import Event, EventType, Outside

TOPIC: Final = "vitrail.enrollment.v1"
GUARDIANSHIPS_TOPIC: Final = "vitrail.guardianships.v1"
# A state, so that a service that begins to export in ten years still hears of every subscription there is.
SUBSCRIPTIONS_TOPIC: Final = "vitrail.subscriptions.v1"

# What may have changed of a student; a reader that meets a word it does not know reads the student anew.
CHANGES: Final = (
    "added",
    "left",
    "returned",
    "names",
    "birth_date",
    "numbers",
    "school",
    "grade",
    "guardians",
)
# Why a link ended: the parent let go of it, or deleted the account that held it.
UNLINKED_BY_PARENT: Final = "parent"
UNLINKED_WITH_ACCOUNT: Final = "account_deleted"
# The school agreed with the guardian who disputed the link.
UNLINKED_BY_SCHOOL: Final = "disputed"

_LINK: Final = identifier("Le lien entre le compte et l’enfant. | The link between the account and the child.")
_CHILD: Final = identifier(
    "L’enfant : le même identifiant pour tous ses répondants, et l’identifiant de l’élève."
    " | The child: the same id for every guardian, and the student’s id."
)
_ACCOUNT: Final = identifier("Le compte du parent. | The parent’s account.")
_STUDENT: Final = identifier("L’élève. | The student.")
_ORGANISATION: Final = identifier(
    "Le centre de services scolaire, la commission scolaire ou l’école privée. | The school board or private school."
)
_ORGANISATION_CODE: Final = text(
    "Son code au ministère, qui est public. | Its code at the ministry, which is public.", max_length=64
)

_RIGHTS: Final = several(
    "Ce que le parent peut faire : view_file, report_absences, re_register. Un droit inconnu n’en donne aucun."
    " | What the parent may do: view_file, report_absences, re_register. An unknown right grants nothing.",
    of=plain_word(),
)
_LINKED_AT: Final = moment("Le moment où l’enfant a été associé au compte. | When the child was linked to the account.")

CHILD_LINKED = EventType(
    type="ca.vitrail.enrollment.child-linked.v1",
    topic=TOPIC,
    key_form="student:<id>",
    summary="Un compte a prouvé qu’un enfant est le sien et y a accès désormais, avec ces droits."
    " | An account has proven a child and holds it from now on, with these rights.",
    schema=closed_object(
        link_id=_LINK,
        child_id=_CHILD,
        account_id=_ACCOUNT,
        organisation_id=_ORGANISATION,
        rights=several(
            "Ce que le parent peut faire : view_file, report_absences, re_register. Un droit inconnu n’en donne aucun."
            " | What the parent may do: view_file, report_absences, re_register. An unknown right grants nothing.",
            of=plain_word(),
        ),
        linked_at=moment("Le moment où l’enfant a été associé au compte. | When the child was linked to the account."),
    ),
    sample={
        "link_id": "01980a5c-71f0-7c3e-8d52-3f6f0c2f4a10",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "rights": ["view_file", "report_absences", "re_register"],
        "linked_at": "2026-01-15T14:30:00+00:00",
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
    topic=TOPIC,
    key_form="student:<id>",
    summary="Un compte n’a plus accès à un enfant. | An account no longer holds a child.",
    schema=closed_object(
        link_id=_LINK,
        child_id=_CHILD,
        account_id=_ACCOUNT,
        organisation_id=_ORGANISATION,
        reason=word(
            "Pourquoi : « parent », le parent a retiré l’enfant de son compte ; « account_deleted », il a supprimé"
            " son compte ; « disputed », l’école a donné raison au répondant qui le contestait. | Why: “parent”, the parent"
            " let go of the child; “account_deleted”, the parent deleted the account; “disputed”, the school agreed with the"
            " guardian who disputed the link.",
            known=[UNLINKED_BY_PARENT, UNLINKED_WITH_ACCOUNT, UNLINKED_BY_SCHOOL],
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
    topic=TOPIC,
    key_form="student:<id>",
    summary="Un autre compte a prouvé un enfant que ce compte avait déjà : son titulaire doit le savoir."
    " | Another account has proven a child that this account held already: its holder must know.",
    schema=closed_object(
        child_id=_CHILD,
        account_id=identifier("Le compte à prévenir. | The account to be told."),
        organisation_id=_ORGANISATION,
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
    topic=TOPIC,
    key_form="student:<id>",
    summary="Un compte garde le lien avec un enfant, mais n’a plus accès à rien jusqu’à nouvel ordre."
    " | An account keeps the link to a child and has access to nothing until further notice.",
    schema=closed_object(
        link_id=_LINK,
        child_id=_CHILD,
        account_id=_ACCOUNT,
        organisation_id=_ORGANISATION,
        reason=word(
            "Pourquoi : « registry », le dossier de l’école ne l’y autorise plus ; « email_changed », le compte a changé"
            " de courriel et n’est pas revenu depuis ; « disputed », un autre répondant le conteste et l’école décidera."
            " | Why: “registry”, the school’s file no longer lets it; “email_changed”, the account has another e-mail and has"
            " not been back since; “disputed”, another guardian disputes it and the school will decide.",
            known=[suspensions.REGISTRY, suspensions.EMAIL_CHANGED, suspensions.DISPUTED],
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
)

LINK_RESTORED = EventType(
    type="ca.vitrail.enrollment.link-restored.v1",
    topic=TOPIC,
    key_form="student:<id>",
    summary="Un lien qui était suspendu ne l’est plus : le compte a de nouveau ces droits."
    " | A link that was suspended is so no more: the account has these rights again.",
    schema=closed_object(
        link_id=_LINK,
        child_id=_CHILD,
        account_id=_ACCOUNT,
        organisation_id=_ORGANISATION,
        rights=_RIGHTS,
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
)

GUARDIANSHIP_CHANGED = EventType(
    type="ca.vitrail.enrollment.guardianship-changed.v1",
    topic=GUARDIANSHIPS_TOPIC,
    key_form="account:<id>/student:<id>",
    summary="Ce qu’un compte est pour un enfant en ce moment ; sans données, il ne l’est plus."
    " | What an account is to a child at this moment; without data, it is so no more.",
    schema=closed_object(
        child_id=_CHILD,
        account_id=_ACCOUNT,
        organisation_id=_ORGANISATION,
        rights=_RIGHTS,
        linked_at=_LINKED_AT,
    ),
    sample={
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "rights": ["view_file", "report_absences", "re_register"],
        "linked_at": "2026-01-15T14:30:00+00:00",
    },
    is_state=True,
)

STUDENT_CHANGED = EventType(
    type="ca.vitrail.enrollment.student-changed.v1",
    topic=TOPIC,
    key_form="student:<id>",
    summary="Le registre de l’école a du nouveau au sujet d’un élève ; chacun y lit ce dont il a besoin."
    " | The school’s registry says something new of a student; readers ask for what they need of it.",
    schema=closed_object(
        student_id=_STUDENT,
        organisation_id=_ORGANISATION,
        changes=several(
            "Ce qui a changé, jamais la valeur. | What kind of thing changed, never its value.",
            of=word(
                "Une sorte de changement. | One kind of change.",
                known=CHANGES,
                otherwise="Relisez l’élève en entier. | Read the student anew.",
            ),
            at_least=1,
        ),
    ),
    sample={
        "student_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "changes": ["school", "grade"],
    },
    outside={"student_id": Outside.PSEUDONYM, "changes": Outside.AS_IS},
)

ORGANISATION_SUBSCRIBED = EventType(
    type="ca.vitrail.enrollment.organisation-subscribed.v1",
    topic=TOPIC,
    key_form="organisation:<id>",
    summary="Une organisation participe désormais : ses parents peuvent y associer leurs enfants."
    " | An organisation takes part from now on: its parents may claim their children.",
    schema=closed_object(
        organisation_id=_ORGANISATION,
        organisation_code=_ORGANISATION_CODE,
        subscribed_at=moment("Le moment où elle commence à participer. | When it begins to take part."),
    ),
    sample={
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "subscribed_at": "2026-01-15T14:30:00+00:00",
    },
    classification="public",
)

ORGANISATION_UNSUBSCRIBED = EventType(
    type="ca.vitrail.enrollment.organisation-unsubscribed.v1",
    topic=TOPIC,
    key_form="organisation:<id>",
    summary="Une organisation ne participe plus ; son registre et les liens de ses parents restent tels quels."
    " | An organisation takes part no more; its registry and its parents’ links stay as they are.",
    schema=closed_object(
        organisation_id=_ORGANISATION,
        organisation_code=_ORGANISATION_CODE,
        unsubscribed_at=moment("Le moment où elle cesse de participer. | When it ceases to take part."),
    ),
    sample={
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "unsubscribed_at": "2026-06-30T12:00:00+00:00",
    },
    classification="public",
)

_SUBSCRIBER: Final = identifier(
    "L’abonné : un système d’un autre organisme ou d’un fournisseur, qui lit ce qu’on lui a accordé."
    " | The subscriber: a system of another body or of a supplier, which reads what it was granted."
)

SUBSCRIPTION_CHANGED = EventType(
    type="ca.vitrail.enrollment.subscription-changed.v1",
    topic=SUBSCRIPTIONS_TOPIC,
    key_form="subscriber:<id>",
    summary="Un abonné lit désormais ces champs de ces types d’événements d’une organisation, et rien d’autre ; sans données, il ne"
    " lit plus rien. | A subscriber reads these fields of these types of an organisation’s events from now on, and nothing else;"
    " without data, it reads nothing any more.",
    schema=closed_object(
        subscriber_id=_SUBSCRIBER,
        subscriber=text(
            "Son nom, qui figure dans celui de ses sujets (« topics »). | Its name, a part of the names of its topics.",
            max_length=31,
        ),
        organisation_id=_ORGANISATION,
        organisation_code=_ORGANISATION_CODE,
        root_key_id=text(
            "Le nom de la clé dont sont dérivés ses pseudonymes, jamais la clé."
            " | The name of the key that its pseudonyms are derived from, never the key.",
            max_length=8,
        ),
        types=several(
            "Ce qu’il lit. | What it reads.",
            of=inner_object(
                optional=["started_at"],
                type=text("Un type d’événement. | A type of event.", max_length=128),
                fields=several(
                    "Les champs qu’il en reçoit. | The fields that it gets of it.", of=plain_word(), at_least=1
                ),
                started_at=moment(
                    "Le moment depuis lequel il reçoit ces champs-là, s’ils lui ont été accordés après le début ; le même"
                    " type figure alors autant de fois qu’il y a de moments."
                    " | Since when it gets these fields, where they were granted after its beginning; the same type is then"
                    " listed once for each such moment."
                ),
            ),
            at_least=1,
        ),
        started_at=moment(
            "Ce qui est arrivé avant n’est pas pour lui. | What happened before is not for this subscriber."
        ),
    ),
    sample={
        "subscriber_id": "01980a61-3c44-7b5e-9d10-7f2b8c9e0a12",
        "subscriber": "transport-scolaire",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "organisation_code": "712000",
        "root_key_id": "5f0c2a91",
        "types": [{"type": "ca.vitrail.enrollment.child-linked.v1", "fields": ["child_id", "linked_at"]}],
        "started_at": "2026-01-15T14:30:00+00:00",
    },
    is_state=True,
)

TYPES: Final = (
    CHILD_LINKED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
    LINK_SUSPENDED,
    LINK_RESTORED,
    GUARDIANSHIP_CHANGED,
    STUDENT_CHANGED,
    ORGANISATION_SUBSCRIBED,
    ORGANISATION_UNSUBSCRIBED,
    SUBSCRIPTION_CHANGED,
)


def child_linked(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, rights: Iterable[str], at: datetime
) -> Event:
    """Say that an account holds a child."""
    return CHILD_LINKED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "link_id": link_id,
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "rights": list(rights),
            "linked_at": at,
        },
    )


def child_unlinked(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, reason: str, at: datetime
) -> Event:
    """Say that an account no longer holds a child."""
    return CHILD_UNLINKED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "link_id": link_id,
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "reason": reason,
            "unlinked_at": at,
        },
    )


def guardian_joined(
    *, student_id: str, account_id: str, organisation_id: str, joined_link_id: str, at: datetime
) -> Event:
    """Say to the holder of an account that another account has proven a child of theirs."""
    return GUARDIAN_JOINED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "joined_link_id": joined_link_id,
            "joined_at": at,
        },
    )


def link_suspended(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, reason: str, at: datetime
) -> Event:
    """Say that an account has no access to a child that it holds, until further notice."""
    return LINK_SUSPENDED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "link_id": link_id,
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "reason": reason,
            "suspended_at": at,
        },
    )


def link_restored(
    *, link_id: str, student_id: str, account_id: str, organisation_id: str, rights: Iterable[str], at: datetime
) -> Event:
    """Say that an account has access again to a child that it holds."""
    return LINK_RESTORED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "link_id": link_id,
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "rights": list(rights),
            "restored_at": at,
        },
    )


def guardianship_changed(
    *, student_id: str, account_id: str, organisation_id: str, rights: Iterable[str], linked_at: datetime
) -> Event:
    """Say what an account is to a child from now on."""
    return GUARDIANSHIP_CHANGED.about(
        key=guardianship_key(account_id=account_id, student_id=student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
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


def student_changed(*, student_id: str, organisation_id: str, changes: Iterable[str]) -> Event:
    """Say what kind of thing changed of a student (`CHANGES`), never its value."""
    return STUDENT_CHANGED.about(
        key=student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={"student_id": student_id, "organisation_id": organisation_id, "changes": list(dict.fromkeys(changes))},
    )


def organisation_subscribed(*, organisation_id: str, code: str, at: datetime) -> Event:
    """Say that an organisation takes part; `code` is the ministry's."""
    return ORGANISATION_SUBSCRIBED.about(
        key=f"organisation:{organisation_id}",
        subject=organisation_id,
        organisation_id=organisation_id,
        data={"organisation_id": organisation_id, "organisation_code": code, "subscribed_at": at},
    )


def organisation_unsubscribed(*, organisation_id: str, code: str, at: datetime) -> Event:
    """Say that an organisation takes part no more; `code` is the ministry's."""
    return ORGANISATION_UNSUBSCRIBED.about(
        key=f"organisation:{organisation_id}",
        subject=organisation_id,
        organisation_id=organisation_id,
        data={"organisation_id": organisation_id, "organisation_code": code, "unsubscribed_at": at},
    )


def subscription_changed(
    *,
    subscriber_id: str,
    subscriber: str,
    organisation_id: str,
    organisation_code: str,
    root_key_id: str,
    fields_by_type: Mapping[str, Mapping[datetime, Sequence[str]]],
    started_at: datetime,
) -> Event:
    """Say what a subscriber reads: of each type, which fields since when. Its purpose is free text, and stays here."""
    return SUBSCRIPTION_CHANGED.about(
        key=f"subscriber:{subscriber_id}",
        subject=subscriber_id,
        organisation_id=organisation_id,
        data={
            "subscriber_id": subscriber_id,
            "subscriber": subscriber,
            "organisation_id": organisation_id,
            "organisation_code": organisation_code,
            "root_key_id": root_key_id,
            "types": [
                {"type": name, "fields": list(fields)} | ({"started_at": since} if since > started_at else {})
                for name, by_start in fields_by_type.items()
                for since, fields in by_start.items()
            ],
            "started_at": started_at,
        },
    )


def subscription_ended(*, subscriber_id: str, organisation_id: str) -> Event:
    """Say that a subscriber reads nothing any more."""
    return SUBSCRIPTION_CHANGED.ended(
        key=f"subscriber:{subscriber_id}", subject=subscriber_id, organisation_id=organisation_id
    )


def guardianship_key(*, account_id: str, student_id: str) -> str:
    """Return the key of what one account is to one student."""
    return f"account:{account_id}/student:{student_id}"


def student_key(student_id: str) -> str:
    """Return the key that keeps the order of everything about one student."""
    return f"student:{student_id}"
