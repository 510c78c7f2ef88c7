"""Accounts that are gone, for as long as something of theirs may still be on its way into a table."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.records.models.organisations import Id, Model
from shared.database import UtcDateTime


class ErasedAccount(Model):
    """That an account was deleted (PRV-5): what a request that was under way wrote after it was erased, the sweep erases."""

    __tablename__ = "erased_accounts"

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
