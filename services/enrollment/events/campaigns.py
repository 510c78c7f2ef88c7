"""Re-registration: that a campaign has opened, and what was answered for a student."""

from datetime import datetime
from typing import Final

from services.enrollment.events import shapes
from services.enrollment.rules import campaigns
from shared.event_shapes import closed_object, identifier, moment, text, word
from shared.messages import Event, EventType, Outside

_CAMPAIGN: Final = identifier("La campagne de réinscription. | The re-registration campaign.")
_SCHOOL_YEAR: Final = text(
    "L’année scolaire dont il s’agit, par exemple 2027-2028. | The school year in question, such as 2027-2028.",
    max_length=9,
)

CAMPAIGN_OPENED = EventType(
    type="ca.vitrail.enrollment.campaign-opened.v1",
    topic=shapes.TOPIC,
    key_form="campaign:<id>",
    summary="Une campagne de réinscription est ouverte : les répondants principaux peuvent répondre."
    " | A re-registration campaign is open: principal guardians may answer.",
    schema=closed_object(
        campaign_id=_CAMPAIGN,
        organisation_id=shapes.ORGANISATION,
        school_year=_SCHOOL_YEAR,
        opens_at=moment("Le début de la période. | When its window begins."),
        closes_at=moment(
            "La fin prévue de la période, que l’école peut encore déplacer."
            " | When its window is to end; the school may still move it."
        ),
    ),
    sample={
        "campaign_id": "01980a70-5f11-7c3a-8d21-4b6e9a7f1c02",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "school_year": "2027-2028",
        "opens_at": "2027-01-11T05:00:00+00:00",
        "closes_at": "2027-02-06T05:00:00+00:00",
    },
    classification="public",
    outside={
        "campaign_id": Outside.PSEUDONYM,
        "school_year": Outside.AS_IS,
        "opens_at": Outside.AS_IS,
        "closes_at": Outside.AS_IS,
    },
)

RE_REGISTRATION_ANSWERED = EventType(
    type="ca.vitrail.enrollment.re-registration-answered.v1",
    topic=shapes.TOPIC,
    key_form="student:<id>",
    summary="Le répondant principal a répondu pour un élève, ou a modifié sa réponse. Ses explications restent chez nous."
    " | The principal guardian answered for a student, or amended the answer. Their explanations stay with us.",
    schema=closed_object(
        campaign_id=_CAMPAIGN,
        child_id=shapes.CHILD,
        account_id=shapes.ACCOUNT,
        organisation_id=shapes.ORGANISATION,
        school_year=_SCHOOL_YEAR,
        answer=word(
            "returning : l’élève revient ; leaving : il quitte l’organisme."
            " | returning: the student comes back; leaving: they leave the organisation.",
            known=campaigns.ANSWERS,
            otherwise="Demandez la réponse à l’école. | Ask the school for the answer.",
        ),
        answered_at=moment("Le moment de la réponse. | When it was answered."),
    ),
    sample={
        "campaign_id": "01980a70-5f11-7c3a-8d21-4b6e9a7f1c02",
        "child_id": "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701",
        "account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
        "organisation_id": "01980a40-2c55-7a90-8a11-6e1c7f20b3d4",
        "school_year": "2027-2028",
        "answer": "returning",
        "answered_at": "2027-01-12T23:10:00+00:00",
    },
    outside={
        "campaign_id": Outside.PSEUDONYM,
        "child_id": Outside.PSEUDONYM,
        "account_id": Outside.PSEUDONYM,
        "school_year": Outside.AS_IS,
        "answer": Outside.AS_IS,
        "answered_at": Outside.AS_IS,
    },
)


def campaign_opened(
    *, campaign_id: str, organisation_id: str, school_year: str, opens_at: datetime, closes_at: datetime
) -> Event:
    """Say that a campaign takes answers from now on."""
    return CAMPAIGN_OPENED.about(
        key=f"campaign:{campaign_id}",
        subject=campaign_id,
        organisation_id=organisation_id,
        data={
            "campaign_id": campaign_id,
            "organisation_id": organisation_id,
            "school_year": school_year,
            "opens_at": opens_at,
            "closes_at": closes_at,
        },
    )


def re_registration_answered(
    *,
    campaign_id: str,
    student_id: str,
    account_id: str,
    organisation_id: str,
    school_year: str,
    answer: str,
    at: datetime,
) -> Event:
    """Say what was answered for a student."""
    return RE_REGISTRATION_ANSWERED.about(
        key=shapes.student_key(student_id),
        subject=student_id,
        organisation_id=organisation_id,
        data={
            "campaign_id": campaign_id,
            "child_id": student_id,
            "account_id": account_id,
            "organisation_id": organisation_id,
            "school_year": school_year,
            "answer": answer,
            "answered_at": at,
        },
    )
