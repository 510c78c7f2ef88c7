"""The public paths of enrollment: parse, call one operation, answer."""

from services.enrollment.api.directory import directory
from services.enrollment.api.family import family
from services.enrollment.api.re_registration import re_registration
from services.enrollment.api.school_campaigns import school_campaigns
from services.enrollment.api.school_claims import school_claims
from services.enrollment.api.school_disputes import school_disputes
from services.enrollment.api.school_pins import school_pins
from services.enrollment.api.school_registry import school_registry
from services.enrollment.api.school_subscriptions import school_subscriptions

BLUEPRINTS = (
    directory,
    family,
    re_registration,
    school_campaigns,
    school_disputes,
    school_claims,
    school_pins,
    school_registry,
    school_subscriptions,
)

__all__ = ["BLUEPRINTS"]
