"""What may come in, and what goes out, of enrollment's endpoints (api.md, Enrollment)."""

from services.enrollment.schemas.campaigns import (
    AnswerIn,
    AnswersFilter,
    CampaignChangeIn,
    CampaignIn,
    CampaignOut,
    ReRegistrationOut,
    StudentsAnswerOut,
)
from services.enrollment.schemas.directory import OrganisationFilter, OrganisationOut
from services.enrollment.schemas.family import (
    ChildOut,
    ClaimIn,
    ClaimOut,
    JournalEntryOut,
    OrganisationOfChildOut,
    OtherGuardianOut,
    SchoolOfChildOut,
)
from services.enrollment.schemas.school_claims import RejectedClaimFilter, RejectedClaimOut, SupportReferenceOut
from services.enrollment.schemas.school_disputes import AnnouncedLinkIn, DecisionIn, DisputeFilter, DisputeOut
from services.enrollment.schemas.school_pins import IssuedPinOut, PinIn, PinOut
from services.enrollment.schemas.school_registry import (
    ImportFilter,
    ImportOut,
    ImportReportOut,
    ImportWithRejectionsOut,
    RejectionOut,
    ReplacedStudentOut,
    StudentIn,
    StudentOnFileOut,
)
from services.enrollment.schemas.school_subscriptions import SubscriptionOut, SubscriptionsIn

__all__ = [
    "AnnouncedLinkIn",
    "AnswerIn",
    "AnswersFilter",
    "CampaignChangeIn",
    "CampaignIn",
    "CampaignOut",
    "ChildOut",
    "ClaimIn",
    "ClaimOut",
    "DecisionIn",
    "DisputeFilter",
    "DisputeOut",
    "ImportFilter",
    "ImportOut",
    "ImportReportOut",
    "ImportWithRejectionsOut",
    "IssuedPinOut",
    "JournalEntryOut",
    "OrganisationFilter",
    "OrganisationOfChildOut",
    "OrganisationOut",
    "OtherGuardianOut",
    "PinIn",
    "PinOut",
    "ReRegistrationOut",
    "RejectedClaimFilter",
    "RejectedClaimOut",
    "RejectionOut",
    "ReplacedStudentOut",
    "SchoolOfChildOut",
    "StudentIn",
    "StudentOnFileOut",
    "StudentsAnswerOut",
    "SubscriptionOut",
    "SubscriptionsIn",
    "SupportReferenceOut",
]
