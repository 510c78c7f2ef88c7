"""What the school recorded, and what guardians say of it (AT-01, AT-02, AT-07, AT-10)."""

import marshmallow as ma

from services.attendance.rules import reconciliation
from services.attendance.schemas.forms import LONGEST_CODE, DaysFilter, Explanation
from services.attendance.schemas.notices import BY
from shared.document_shapes import Out
from shared.fields import In, Line


class AbsenceFilter(DaysFilter):
    """Which recorded absences to list; without days, those of this school year."""

    status = ma.fields.String(load_default=None, validate=ma.validate.OneOf(reconciliation.STATUSES))


class ReasonOut(Out):
    """A reason that the child's school offers (AT-07, AT-08)."""

    code = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    needs_explanation = ma.fields.Boolean(required=True)


class MotivationIn(In):
    """Why a child was absent (AT-10)."""

    reason = Line(
        required=True, longest=LONGEST_CODE, metadata={"description": "The code of a reason of the school's."}
    )
    explanation = Explanation(allow_none=True, load_default=None)


class MotivationOut(Out):
    """What a guardian said of an absence; what another guardian explained is not told."""

    id = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    reason_label = ma.fields.String(required=True)
    explanation = ma.fields.String(required=True, allow_none=True)
    by = ma.fields.String(required=True, validate=ma.validate.OneOf(BY))
    submitted_at = ma.fields.DateTime(required=True)
    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(("pending", "accepted", "refused")))


class AbsenceOut(Out):
    """What the school recorded of a child on a day."""

    id = ma.fields.String(required=True)
    date = ma.fields.Date(required=True)
    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf([kind for kind in reconciliation.KINDS if kind != reconciliation.PRESENT]),
    )
    time = ma.fields.String(required=True, allow_none=True)
    periods = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Of the school's bell times; none: the whole day."}
    )
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(reconciliation.STATUSES))
    motivated_by = ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf((reconciliation.BY_NOTICE, reconciliation.BY_GUARDIAN)),
    )
    motivate_until = ma.fields.DateTime(required=True, metadata={"description": "The school's cut-off."})
    recorded_at = ma.fields.DateTime(required=True)
    motivation = ma.fields.Nested(MotivationOut, required=True, allow_none=True)
