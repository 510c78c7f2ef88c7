"""What may come in and what goes out (api.md, Identity)."""

from typing import Any

import marshmallow as ma

from services.identity.rules import activity, codes
from shared.fields import In, Secret
from shared.texts import LANGUAGES

# Bounds against nonsense; what a value must be is the operations' to say, with a code of its own.
_LONGEST_EMAIL = 1024
_LONGEST_TICKET = 2048
_LONGEST_PASSWORD = 8192
_LONGEST_CODE = 256
LONGEST_ANSWER = 4096


class VerificationCodeIn(In):
    """Where to mail a code, and what for."""

    email = ma.fields.String(required=True, validate=ma.validate.Length(max=_LONGEST_EMAIL))
    purpose = ma.fields.String(required=True, validate=ma.validate.OneOf(codes.PURPOSES))


class CodeIn(In):
    """The code that was mailed; blanks and dashes around and inside are ignored."""

    code = Secret(longest=_LONGEST_CODE, required=True)


class PasswordIn(In):
    """A ticket and the password, twice."""

    # Without a ticket the answer is `not_verified`, not a validation error: the steps were taken out of order.
    ticket = Secret(longest=_LONGEST_TICKET, load_default="")
    password = Secret(longest=_LONGEST_PASSWORD, required=True)
    password_confirmation = Secret(longest=_LONGEST_PASSWORD, required=True)


class CredentialsIn(In):
    """Who wants in."""

    email = ma.fields.String(required=True, validate=ma.validate.Length(max=_LONGEST_EMAIL))
    password = Secret(longest=_LONGEST_PASSWORD, required=True)


class AccountIn(In):
    """What an account may change of itself here."""

    language = ma.fields.String(required=True, validate=ma.validate.OneOf(LANGUAGES))


class ReauthenticationIn(In):
    """The password; for an account without one, the ticket of an `email_confirmation` of its own mailbox."""

    password = Secret(longest=_LONGEST_PASSWORD, load_default="")
    ticket = Secret(longest=_LONGEST_TICKET, load_default="")


class PasswordChangeIn(In):
    """The present password, and the new one twice; an account without a password leaves out the present one."""

    current_password = Secret(longest=_LONGEST_PASSWORD, load_default="")
    password = Secret(longest=_LONGEST_PASSWORD, required=True)
    password_confirmation = Secret(longest=_LONGEST_PASSWORD, required=True)


class TicketIn(In):
    """The proof of a mailbox."""

    ticket = Secret(longest=_LONGEST_TICKET, load_default="")


class StartIn(In):
    """Where to go afterwards, and in which language the provider's page should be."""

    return_to = ma.fields.String(load_default="/", metadata={"description": "A path of this site."})
    ui_locales = ma.fields.String(load_default="", validate=ma.validate.Length(max=64))


class IdentityIn(In):
    """A provider to link to the account."""

    provider = ma.fields.String(required=True, validate=ma.validate.Length(max=32))
    return_to = ma.fields.String(load_default="/")
    is_handed_on = ma.fields.Boolean(
        load_default=False, metadata={"description": "The answer comes to `return_to`, for `POST /social-arrivals`."}
    )


class VisitIn(In):
    """A provider that somebody is to sign in through."""

    provider = ma.fields.String(required=True, validate=ma.validate.Length(max=32))
    return_to = ma.fields.String(required=True, metadata={"description": "A path of this site."})


class ArrivalIn(In):
    """What a browser has brought back from a provider."""

    provider = ma.fields.String(required=True, validate=ma.validate.Length(max=32))
    state = Secret(longest=LONGEST_ANSWER, required=True)
    code = Secret(longest=LONGEST_ANSWER, load_default="")
    iss = ma.fields.String(load_default="", validate=ma.validate.Length(max=LONGEST_ANSWER))
    error = ma.fields.String(load_default="", validate=ma.validate.Length(max=LONGEST_ANSWER))


class ConfirmationIn(In):
    """The ticket of a proven mailbox; or the e-mail and the password of an account."""

    ticket = Secret(longest=_LONGEST_TICKET, load_default="")
    email = ma.fields.String(load_default="", validate=ma.validate.Length(max=_LONGEST_EMAIL))
    password = Secret(longest=_LONGEST_PASSWORD, load_default="")


class TokenIn(In):
    """A session's token."""

    token = Secret(longest=512, required=True)


class PolicyOut(ma.Schema):
    """What a password must be."""

    name = ma.fields.String(required=True)
    min_length = ma.fields.Integer(required=True)
    max_length = ma.fields.Integer(required=True)
    required_classes = ma.fields.Integer(required=True, metadata={"description": "How many of `classes`."})
    classes = ma.fields.List(ma.fields.String(), required=True)
    symbols = ma.fields.String(
        required=True, metadata={"description": "Examples; whatever is neither letter nor digit is a symbol."}
    )
    hint = ma.fields.String(required=True, metadata={"description": "The sentence to show, in the asker's language."})


class NoticeOut(ma.Schema):
    """An instruction to show to everybody."""

    code = ma.fields.String(required=True)
    severity = ma.fields.String(required=True, validate=ma.validate.OneOf(["info"]))
    text = ma.fields.String(required=True)


class HelpLinkOut(ma.Schema):
    """A link to help, for the sign-in pages."""

    code = ma.fields.String(required=True, validate=ma.validate.OneOf(["sign_in_help", "help"]))
    text = ma.fields.String(required=True)
    url = ma.fields.String(required=True)


class ChallengeOut(ma.Schema):
    """A code was asked for."""

    challenge_id = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    retry_after_s = ma.fields.Integer(
        required=True, metadata={"description": "Seconds until asking again sends another code."}
    )


class ChallengeStateOut(ma.Schema):
    """What became of it."""

    state = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf([codes.PENDING, codes.VERIFIED, codes.EXPIRED, codes.SUPERSEDED, codes.CANCELLED]),
    )
    expires_at = ma.fields.AwareDateTime(required=True)
    retry_after_s = ma.fields.Integer(required=True)


class TicketOut(ma.Schema):
    """The proof of a verified code, for one use."""

    ticket = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class AccountOut(ma.Schema):
    """An account, as its holder sees it."""

    id = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True)


class AccountDetailsOut(AccountOut):
    """An account, with what its holder can sign in by."""

    has_password = ma.fields.Boolean(required=True)
    must_confirm_children = ma.fields.Boolean(required=True)


class ProviderOut(ma.Schema):
    """Somebody else who signs people in."""

    id = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    start = ma.fields.String(required=True, metadata={"description": "Where to send the browser."})


class ConfirmationOut(ma.Schema):
    """What a browser has still to confirm."""

    provider = ma.fields.String(required=True)
    provider_name = ma.fields.String(required=True)
    step = ma.fields.String(required=True, validate=ma.validate.OneOf(["email_confirmation", "account_exists"]))
    email = ma.fields.String(required=True, allow_none=True, metadata={"description": "To be suggested."})
    expires_at = ma.fields.AwareDateTime(required=True)


class IdentityOut(ma.Schema):
    """A provider that opens the account."""

    id = ma.fields.String(required=True)
    provider = ma.fields.String(required=True)
    linked_at = ma.fields.AwareDateTime(required=True)


class DepartureOut(ma.Schema):
    """Where to send the browser."""

    url = ma.fields.String(required=True)


class ExportedIdentityOut(ma.Schema):
    """Who the holder is at another provider, as it is kept."""

    provider = ma.fields.String(required=True)
    issuer = ma.fields.String(required=True)
    subject = ma.fields.String(required=True)
    linked_at = ma.fields.AwareDateTime(required=True)


class RenewedSessionOut(ma.Schema):
    """The present session with its new tokens; the former ones are worth nothing any more."""

    token = ma.fields.String(required=True, metadata={"description": "For `Authorization: Bearer`."})
    csrf_token = ma.fields.String(required=True, metadata={"description": "For `X-CSRF-Token`, beside the cookie."})


class ActivityOut(ma.Schema):
    """Something that happened to the account."""

    kind = ma.fields.String(
        required=True, metadata={"description": f"One of {', '.join(activity.KINDS)}; more may come."}
    )
    at = ma.fields.AwareDateTime(required=True)
    device = ma.fields.String(required=True, metadata={"description": "What the browser or app calls itself."})
    network = ma.fields.String(required=True, metadata={"description": "The range of addresses that it came from."})


class FormerEmailOut(ma.Schema):
    """An e-mail that the account had."""

    email = ma.fields.String(required=True)
    replaced_at = ma.fields.AwareDateTime(required=True)
    undone_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class ExportedAccountOut(AccountOut):
    """An account, as it is kept."""

    has_password = ma.fields.Boolean(required=True)
    password_changed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    signed_in_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class ExportedSessionOut(ma.Schema):
    """A session, as it is kept; its token is kept nowhere."""

    device = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    last_used_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class ExportOut(ma.Schema):
    """Everything that is kept about an account, but the secrets that guard it."""

    exported_at = ma.fields.AwareDateTime(required=True)
    account = ma.fields.Nested(ExportedAccountOut, required=True)
    former_emails = ma.fields.List(ma.fields.Nested(FormerEmailOut), required=True)
    identities = ma.fields.List(ma.fields.Nested(ExportedIdentityOut), required=True)
    sessions = ma.fields.List(ma.fields.Nested(ExportedSessionOut), required=True)
    activity = ma.fields.List(ma.fields.Nested(ActivityOut), required=True)


class AccountCreatedOut(ma.Schema):
    """A new account, signed in."""

    account = ma.fields.Nested(AccountOut, required=True)
    token = ma.fields.String(required=True, metadata={"description": "For `Authorization: Bearer`."})
    csrf_token = ma.fields.String(required=True, metadata={"description": "For `X-CSRF-Token`, beside the cookie."})


class SignedInOut(AccountCreatedOut):
    """An account, signed in."""

    must_confirm_children = ma.fields.Boolean(required=True)


class ArrivalOut(ma.Schema):
    """What came of a visit to a provider."""

    step = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["signed_in", "linked", "email_confirmation", "account_exists"]),
        metadata={"description": "The last two are still to be confirmed: see `/social-confirmation`."},
    )
    session = ma.fields.Nested(SignedInOut, required=True, allow_none=True)


class SessionOut(ma.Schema):
    """The present session."""

    account = ma.fields.Nested(AccountOut, required=True)
    csrf_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    must_confirm_children = ma.fields.Boolean(required=True)


class ListedSessionOut(ma.Schema):
    """One of the account's sessions."""

    id = ma.fields.String(required=True)
    device = ma.fields.String(required=True, metadata={"description": "What the browser or app calls itself."})
    created_at = ma.fields.AwareDateTime(required=True)
    last_used_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    is_current = ma.fields.Boolean(required=True)


class IntrospectionOut(ma.Schema):
    """A session, for the gateway."""

    session_id = ma.fields.String(required=True)
    account_id = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    csrf_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


def account_out(account: Any) -> dict[str, Any]:
    """Return what `AccountOut` shows of an account."""
    return {name: getattr(account, name) for name in ("id", "email", "language", "created_at")}


def account_details_out(account: Any) -> dict[str, Any]:
    """Return what `AccountDetailsOut` shows of an account."""
    return account_out(account) | {
        "has_password": account.password_hash is not None,
        "must_confirm_children": account.must_confirm_children,
    }
