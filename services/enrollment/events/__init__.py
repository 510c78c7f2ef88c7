"""What enrollment tells the others: which account holds which child, and what changed in the registry.

Everything about one student has the key `student:<id>`, so that its order holds; a child's id in the public API is the
student's id here. Beside what happens to a link, its state is told on a compacted topic, keyed by account and student:
whoever keeps a projection of guardianships makes it anew from there. Identifiers, moments and enumerations only: no name,
number, date of birth or address.
"""

from typing import Final

from services.enrollment.events.campaigns import (
    CAMPAIGN_OPENED,
    RE_REGISTRATION_ANSWERED,
    campaign_opened,
    re_registration_answered,
)
from services.enrollment.events.claims import CLAIM_FAILURES_SURGED, claim_failures_surged
from services.enrollment.events.links import (
    BY_CLAIM,
    BY_CORRECTION,
    CHILD_LINKED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
    GUARDIANSHIP_CHANGED,
    GUARDIANSHIPS_TOPIC,
    LINK_CONFIRMED,
    LINK_RESTORED,
    LINK_SUSPENDED,
    UNLINKED_BY_PARENT,
    UNLINKED_BY_SCHOOL,
    UNLINKED_WITH_ACCOUNT,
    UNLINKED_WITH_PIN,
    child_linked,
    child_unlinked,
    guardian_joined,
    guardianship_changed,
    guardianship_ended,
    guardianship_key,
    link_confirmed,
    link_restored,
    link_suspended,
)
from services.enrollment.events.registry import (
    CHANGES,
    ORGANISATION_SUBSCRIBED,
    ORGANISATION_UNSUBSCRIBED,
    STUDENT_CHANGED,
    organisation_subscribed,
    organisation_unsubscribed,
    student_changed,
)
from services.enrollment.events.shapes import (
    TOPIC,
    student_key,
)
from services.enrollment.events.subscriptions import (
    SUBSCRIPTION_CHANGED,
    SUBSCRIPTIONS_TOPIC,
    subscription_changed,
    subscription_ended,
)

TYPES: Final = (
    CHILD_LINKED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
    LINK_SUSPENDED,
    LINK_RESTORED,
    LINK_CONFIRMED,
    GUARDIANSHIP_CHANGED,
    STUDENT_CHANGED,
    CAMPAIGN_OPENED,
    RE_REGISTRATION_ANSWERED,
    ORGANISATION_SUBSCRIBED,
    ORGANISATION_UNSUBSCRIBED,
    CLAIM_FAILURES_SURGED,
    SUBSCRIPTION_CHANGED,
)

__all__ = [
    "BY_CLAIM",
    "BY_CORRECTION",
    "CAMPAIGN_OPENED",
    "CHANGES",
    "CHILD_LINKED",
    "CHILD_UNLINKED",
    "CLAIM_FAILURES_SURGED",
    "GUARDIANSHIPS_TOPIC",
    "GUARDIANSHIP_CHANGED",
    "GUARDIAN_JOINED",
    "LINK_CONFIRMED",
    "LINK_RESTORED",
    "LINK_SUSPENDED",
    "ORGANISATION_SUBSCRIBED",
    "ORGANISATION_UNSUBSCRIBED",
    "RE_REGISTRATION_ANSWERED",
    "STUDENT_CHANGED",
    "SUBSCRIPTIONS_TOPIC",
    "SUBSCRIPTION_CHANGED",
    "TOPIC",
    "TYPES",
    "UNLINKED_BY_PARENT",
    "UNLINKED_BY_SCHOOL",
    "UNLINKED_WITH_ACCOUNT",
    "UNLINKED_WITH_PIN",
    "campaign_opened",
    "child_linked",
    "child_unlinked",
    "claim_failures_surged",
    "guardian_joined",
    "guardianship_changed",
    "guardianship_ended",
    "guardianship_key",
    "link_confirmed",
    "link_restored",
    "link_suspended",
    "organisation_subscribed",
    "organisation_unsubscribed",
    "re_registration_answered",
    "student_changed",
    "student_key",
    "subscription_changed",
    "subscription_ended",
]
