"""Which boards and private schools there are."""

import marshmallow as ma

from services.enrollment.schemas.forms import Out

KINDS = ("public", "private")


class OrganisationFilter(ma.Schema):
    """What to list. Unknown parameters are other decorators' (the page)."""

    class Meta:
        unknown = ma.EXCLUDE

    search = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=200),
        metadata={"description": "Words of the name, in any order, without regard to accents or capitals; CS or CSS."},
    )
    kind = ma.fields.String(load_default="public", validate=ma.validate.OneOf(KINDS))


class OrganisationOut(Out):
    """A board or a private school; only subscribers' children can be claimed (EN-24)."""

    id = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "The ministry's code."})
    name = ma.fields.String(required=True)
    former_name = ma.fields.String(required=True, allow_none=True, metadata={"description": "Its name before 2020."})
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    network = ma.fields.String(
        required=True, allow_none=True, validate=ma.validate.OneOf(("francophone", "anglophone", "special"))
    )
    is_subscribed = ma.fields.Boolean(required=True)
