"""What an organisation's subscribers read, as its own systems see and set it."""

import marshmallow as ma

from shared import fields
from shared.fields import In

_MOST_TYPES = 100
_MOST_FIELDS = 50
_MOST_SUBSCRIBERS = 50


class GrantedTypeIn(In):
    """A type of event, and the fields that are passed on of it."""

    type = fields.Line(longest=128, required=True)
    fields = ma.fields.List(
        fields.Line(longest=64),
        load_default=list,
        validate=ma.validate.Length(max=_MOST_FIELDS),
        metadata={"description": "None: all that may leave."},
    )


class SubscriptionIn(In):
    """What one subscriber is to read from now on, instead of what it reads."""

    name = fields.Line(longest=31, required=True)
    purpose = fields.Line(
        longest=1000, required=True, metadata={"description": "What the organisation lets it read this for."}
    )
    types = ma.fields.List(
        ma.fields.Nested(GrantedTypeIn), required=True, validate=ma.validate.Length(min=1, max=_MOST_TYPES)
    )


class SubscriptionsIn(In):
    """The subscribers that change; whoever is not named stays as it is."""

    subscriptions = ma.fields.List(
        ma.fields.Nested(SubscriptionIn), required=True, validate=ma.validate.Length(min=1, max=_MOST_SUBSCRIBERS)
    )

    @ma.validates_schema
    def _each_once(self, data: dict[str, list[dict[str, str]]], **_rest: object) -> None:
        names = [each["name"] for each in data["subscriptions"]]
        if len(set(names)) < len(names):
            raise ma.ValidationError("Chaque abonné une seule fois. | Each subscriber once.", "subscriptions")


class GrantedTypeOut(ma.Schema):
    """A type of event, and the fields that are passed on of it."""

    type = ma.fields.String(required=True)
    fields = ma.fields.List(ma.fields.String(), required=True)


class SubscriptionOut(ma.Schema):
    """Who reads what, since when, and what for; or read, until when."""

    name = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(["preparing", "active", "ended"]))
    purpose = ma.fields.String(required=True)
    types = ma.fields.List(ma.fields.Nested(GrantedTypeOut), required=True)
    topics = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "Where it reads them."})
    started_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    granted_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Since when it reads exactly this."}
    )
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
