"""What proves that a document is genuine, and what is held in the store of files."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from services.records.models.organisations import Id, Model
from shared.database import UtcDateTime


class SigningKey(Model):
    """The public half of a key that has signed: kept, so that what a retired one signed is still known (RFC 7517)."""

    __tablename__ = "signing_keys"

    # Its thumbprint (RFC 7638).
    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Its `x` (RFC 8037), in base64url.
    public_key: Mapped[str] = mapped_column(String(64))
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # What a stolen key has signed is not genuine any more.
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MadeDocument(Model):
    """A PDF that was made of an entry, in one language: made once for each of its revisions."""

    __tablename__ = "made_documents"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    # SHA-256 in hexadecimal: its name in the store.
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    # Which version of the page it was made with.
    template: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        # Whether anybody names a file of the store.
        Index("ix_made_documents_digest", "digest", "organisation_id"),
    )


class StoredObject(Model):
    """A file of the store: claimed here before it is written there, so that the sweep takes nothing that is on its way."""

    __tablename__ = "stored_objects"

    # `<organisation_id>/<SHA-256>`.
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Id)
    digest: Mapped[str] = mapped_column(String(64))
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The sweep has decided to delete it; whoever wants it now claims it anew.
    is_leaving: Mapped[bool]
