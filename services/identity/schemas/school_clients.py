"""What the systems of organisations are answered, and the gateway of them."""

import marshmallow as ma


class TokenOut(ma.Schema):
    """A token (RFC 6749 §5.1)."""

    access_token = ma.fields.String(required=True, metadata={"description": "For `Authorization: Bearer`."})
    token_type = ma.fields.String(required=True, validate=ma.validate.OneOf(["Bearer"]))
    expires_in = ma.fields.Integer(required=True, metadata={"description": "Seconds."})
    scope = ma.fields.String(required=True, metadata={"description": "What it is good for, with spaces between."})


class TokenRefusalOut(ma.Schema):
    """A refusal of RFC 6749 §5.2 and RFC 9457 at once."""

    error = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]),
    )
    error_description = ma.fields.String(required=True)
    type = ma.fields.String(required=True, metadata={"description": "Stable identifier; resolves to a page."})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "The last part of the type, in snake_case."})
    severity = ma.fields.String(required=True, validate=ma.validate.OneOf(["error"]))
    request_id = ma.fields.String(required=True)


class SchoolTokenIntrospectionOut(ma.Schema):
    """A client's token, for the gateway."""

    client_id = ma.fields.String(required=True)
    organisation_code = ma.fields.String(required=True)
    scopes = ma.fields.List(ma.fields.String(), required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
