"""Help, for front ends."""

import marshmallow as ma

from shared.document_shapes import Out


class CheckOut(Out):
    """Something to try before writing to the school."""

    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)


class QuestionOut(Out):
    """What is often asked, and what to do, in order."""

    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    steps = ma.fields.List(ma.fields.String(), required=True)


class SupportItemOut(Out):
    """One of the items that a request for help carries."""

    name = ma.fields.String(required=True, metadata={"description": "The field of `POST /support-requests`."})
    label = ma.fields.String(required=True)
    is_required = ma.fields.Boolean(required=True)


class SupportOut(Out):
    """Whom to ask, and what to tell them."""

    title = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    href = ma.fields.String(required=True, metadata={"description": "Where to send it, once signed in."})
    items = ma.fields.List(ma.fields.Nested(SupportItemOut), required=True)


class HelpOut(Out):
    """Help: what to try, what is often asked, and whom to ask."""

    title = ma.fields.String(required=True)
    introduction = ma.fields.String(required=True)
    checks = ma.fields.List(ma.fields.Nested(CheckOut), required=True)
    questions = ma.fields.List(ma.fields.Nested(QuestionOut), required=True)
    support = ma.fields.Nested(SupportOut, required=True)
