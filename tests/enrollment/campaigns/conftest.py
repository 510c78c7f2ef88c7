"""Campaigns for tests: an organisation with one, and a child whose principal guardian is the parent of the tests."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from services.enrollment.context import Context
from services.enrollment.models import Organisation
from services.enrollment.operations import campaigns, claims
from shared import outbox
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

MakeCampaign = Callable[..., dict[str, Any]]
MakePupil = Callable[..., Pupil]


class Plan:
    """An organisation, and what is planned for it."""

    def __init__(self, ctx: Context, registry: Registry) -> None:
        self.ctx = ctx
        self.registry = registry
        self.organisation_id = registry.make_organisation()

    @property
    def code(self) -> str:
        """The ministry's code of the organisation."""
        with self.ctx.db.read() as session:
            return str(session.scalar(select(Organisation.code).where(Organisation.id == self.organisation_id)))

    def make(self, **overrides: Any) -> dict[str, Any]:
        """Plan a campaign, open from the 12th of January to the 6th of February 2026."""
        wish = {
            "organisation_code": self.code,
            "school_year": "2026-2027",
            "opens_on": date(2026, 1, 12),
            "closes_on": date(2026, 2, 6),
            **overrides,
        }
        return campaigns.add_campaign(self.ctx, **wish)

    def change(self, campaign: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Change a campaign as its organisation may."""
        return campaigns.change_campaign(
            self.ctx, campaign_id=campaign["id"], organisation_code=self.code, changes=changes
        )

    def make_pupil(self, *, email: str = PARENT, account_id: str | None = ACCOUNT, **overrides: Any) -> Pupil:
        """Make a student of the organisation with this principal guardian, whose account has proven it unless it is None."""
        pupil = self.registry.make_student(organisation_id=self.organisation_id, guardian=None, **overrides)
        self.registry.make_guardian(pupil, email=email, is_principal=True)
        if account_id is not None:
            self.claim(pupil, email=email, account_id=account_id)
        return pupil

    def claim(self, pupil: Pupil, *, email: str, account_id: str) -> None:
        """Prove a student by an account."""
        claims.claim_child(self.ctx, account_id=account_id, email=email, address="192.0.2.1", **pupil.claim)


@pytest.fixture
def plan(ctx: Context, registry: Registry) -> Plan:
    """An organisation without a campaign yet."""
    return Plan(ctx, registry)


@pytest.fixture
def pupil(plan: Plan) -> Pupil:
    """A child whom the parent of the tests holds as principal guardian."""
    return plan.make_pupil()


@pytest.fixture
def told(ctx: Context) -> Callable[[str], list[dict[str, Any]]]:
    """Return what was told by events of a kind, such as `re-registration-answered`."""

    def find(kind: str) -> list[dict[str, Any]]:
        with ctx.db.read() as session:
            waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
        return [event.data or {} for event in waiting if event.type.split(".")[3] == kind]

    return find
