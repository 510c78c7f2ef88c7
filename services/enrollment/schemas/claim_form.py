"""The form that links a child to an account, for front ends."""

import marshmallow as ma

from services.enrollment.schemas.forms import Out

OCCASIONS = ("first_child", "to_confirm", "another_child")
FIELD_KINDS = ("yes_no", "choice", "text", "secret", "date", "account_email")


class InvitationOut(Out):
    """The link that leads to the form, and why it is to be filled in."""

    text = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)


class FormFieldOut(Out):
    """One field of the form."""

    name = ma.fields.String(
        required=True, metadata={"description": "The member of `POST /claims`; `has_pin`, `is_private`, `email`: none."}
    )
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(FIELD_KINDS))
    label = ma.fields.String(required=True)
    help = ma.fields.String(required=True)
    default = ma.fields.Raw(
        required=True, allow_none=True, metadata={"description": "`yes_no`: false; `account_email`: the account’s own."}
    )
    choices = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The list to choose from, a page at a time."}
    )
    shown_when = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Boolean(),
        required=True,
        allow_none=True,
        metadata={"description": "The answers to other fields with which it is asked; null: always."},
    )


class ContinuationOut(Out):
    """What a parent may do once a child is linked."""

    code = ma.fields.String(required=True, validate=ma.validate.OneOf(("repeat", "leave")))
    text = ma.fields.String(required=True)


class ClaimFormOut(Out):
    """The form: its words, its fields in their order, and what leads a parent to it."""

    title = ma.fields.String(required=True)
    introduction = ma.fields.String(required=True)
    occasion = ma.fields.String(required=True, validate=ma.validate.OneOf(OCCASIONS))
    invitation = ma.fields.Nested(InvitationOut, required=True)
    fields_ = ma.fields.List(ma.fields.Nested(FormFieldOut), required=True, data_key="fields", attribute="fields")
    submit = ma.fields.String(required=True)
    afterwards = ma.fields.List(ma.fields.Nested(ContinuationOut), required=True)
