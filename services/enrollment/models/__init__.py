"""Enrollment's tables: the registry, what parents do with it, and what every service has."""

from typing import Final

from sqlalchemy import MetaData

from services.enrollment.models.announcements import Announcement
from services.enrollment.models.campaigns import AnswerReading, Campaign, CampaignAnswer, CampaignNotice, GivenAnswer
from services.enrollment.models.claims import ClaimLook, RejectedClaim
from services.enrollment.models.links import Dispute, JournalEntry, Link
from services.enrollment.models.pins import Pin
from services.enrollment.models.registry import (
    Guardian,
    Guardianship,
    Model,
    Organisation,
    RegistryImport,
    RejectedLine,
    School,
    Student,
)
from services.enrollment.models.subscribers import Subscriber
from shared import answered_requests, budgets, inbox, letters, outbox

METADATA: Final[MetaData] = Model.metadata

outbox.copy_to(METADATA)
inbox.copy_to(METADATA)
budgets.copy_to(METADATA)
answered_requests.copy_to(METADATA)
letters.copy_to(METADATA)

__all__ = [
    "METADATA",
    "Announcement",
    "AnswerReading",
    "Campaign",
    "CampaignAnswer",
    "CampaignNotice",
    "ClaimLook",
    "Dispute",
    "GivenAnswer",
    "Guardian",
    "Guardianship",
    "JournalEntry",
    "Link",
    "Model",
    "Organisation",
    "Pin",
    "RegistryImport",
    "RejectedClaim",
    "RejectedLine",
    "School",
    "Student",
    "Subscriber",
]
