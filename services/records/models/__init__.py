"""Records' tables: what schools send, what decides when it is seen, what accounts read, and what every service has."""

from typing import Final

from sqlalchemy import MetaData

from services.records.models.entries import Entry, MinisterialSession, Release, Revision
from services.records.models.erasure import ErasedAccount
from services.records.models.evidence import MadeDocument, SigningKey, StoredObject
from services.records.models.guardianships import GUARDIANSHIPS, guardianships
from services.records.models.organisations import Feed, Model, Organisation, TileChoice
from services.records.models.reading import Reading, View
from services.records.models.support import SupportRequest
from shared import answered_requests, budgets, inbox, letters, outbox, projections

METADATA: Final[MetaData] = Model.metadata
PROJECTIONS: Final = (GUARDIANSHIPS,)

outbox.copy_to(METADATA)
inbox.copy_to(METADATA)
answered_requests.copy_to(METADATA)
budgets.copy_to(METADATA)
letters.copy_to(METADATA)
projections.copy_to(METADATA)

__all__ = [
    "GUARDIANSHIPS",
    "METADATA",
    "PROJECTIONS",
    "Entry",
    "ErasedAccount",
    "Feed",
    "MadeDocument",
    "MinisterialSession",
    "Model",
    "Organisation",
    "Reading",
    "Release",
    "Revision",
    "SigningKey",
    "StoredObject",
    "SupportRequest",
    "TileChoice",
    "View",
    "guardianships",
]
