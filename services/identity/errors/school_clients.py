"""What the systems of organisations are refused, and those who register them.

Problem
├── TokenRefused               one answer that both RFC 6749 §5.2 and RFC 9457 describe
│   ├── TokenRequestMalformed  400  invalid_request: a parameter is missing, given twice, or in two places
│   ├── GrantTypeUnsupported   400  unsupported_grant_type: anything but client_credentials
│   ├── ScopeRefused           400  invalid_scope: unknown, malformed, or not the client's
│   ├── ClientRejected         401  invalid_client: for every cause that a stranger must not tell apart
│   └── TooManyWrongSecrets    429  invalid_client, too often; the right secret is never held up
├── ClientUnknown              404  ┐
├── ClientRevoked              409  │
├── ClientSecretUnknown        404  │
├── TooManySecrets             409  ├ told to the operator alone
├── ScopeUnknown               422  │
├── OrganisationCodeMalformed  422  │
└── ClientNameMalformed        422  ┘
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from shared.problems import Problem


class TokenRefused:
    """What the refusals of the token endpoint have in common.

    Its answer is a problem document that also has the members `error` and `error_description` of RFC 6749 §5.2, and the
    media type that the RFC prescribes: some client libraries read the error from `application/json` alone. What is said in
    `error_description` is for developers, and in the characters that the RFC allows: no accents, no quotation marks.
    """

    error: ClassVar[str]
    error_description: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]] = ("error", "error_description")
    headers: ClassVar[Mapping[str, str]] = {"Content-Type": "application/json", "Pragma": "no-cache"}

    def __init__(self, *, retry_after: timedelta | None = None, **facts: Any) -> None:
        told = {"error": self.error, "error_description": self.error_description}
        super().__init__(retry_after=retry_after, **facts, **told)


class TokenRequestMalformed(TokenRefused, Problem):
    """A parameter is missing or given twice, or the client authenticates in two ways at once (RFC 6749 §2.3, §3.2)."""

    type = "/problems/identity/token-request-malformed"
    status = 400
    error = "invalid_request"
    error_description = (
        "Send each parameter once, as a form in UTF-8, and authenticate in one way: HTTP Basic, or client_id and "
        "client_secret."
    )


class GrantTypeUnsupported(TokenRefused, Problem):
    """Only client credentials give a token here (RFC 6749 §4.4)."""

    type = "/problems/identity/grant-type-unsupported"
    status = 400
    error = "unsupported_grant_type"
    error_description = "The only grant_type is client_credentials."


class ScopeRefused(TokenRefused, Problem):
    """A scope that is unknown, or that this client does not have (RFC 6749 §3.3)."""

    type = "/problems/identity/scope-refused"
    status = 400
    error = "invalid_scope"
    error_description = "The client does not have every scope that it asks for; without scope it gets all of its own."


class ClientRejected(TokenRefused, Problem):
    """Unknown client, wrong secret, one that has expired or was revoked: one answer."""

    type = "/problems/identity/client-rejected"
    status = 401
    error = "invalid_client"
    error_description = "Unknown client, or wrong, expired or revoked secret."
    # RFC 6749 §5.2, RFC 7617 §2.1.
    headers: ClassVar[Mapping[str, str]] = TokenRefused.headers | {
        "WWW-Authenticate": 'Basic realm="vitrail", charset="UTF-8"'
    }


class TooManyWrongSecrets(TokenRefused, Problem):
    """Wrong secrets, too often for this client or from this neighborhood; told instead of ClientRejected."""

    type = "/problems/identity/too-many-wrong-secrets"
    status = 429
    error = "invalid_client"
    error_description = "Wrong secrets too often; the right one is always accepted."


class ClientUnknown(Problem):
    """There is no client of this id."""

    type = "/problems/identity/client-unknown"
    status = 404


class ClientRevoked(Problem):
    """The client was revoked, for good: add another one."""

    type = "/problems/identity/client-revoked"
    status = 409


class ClientSecretUnknown(Problem):
    """The client has no secret of this id."""

    type = "/problems/identity/client-secret-unknown"
    status = 404


class TooManySecrets(Problem):
    """The client has two live secrets: one has to go before another one comes."""

    type = "/problems/identity/too-many-secrets"
    status = 409


class ScopeUnknown(Problem):
    """There is no scope of this name, or none was named."""

    type = "/problems/identity/scope-unknown"
    status = 422


class OrganisationCodeMalformed(Problem):
    """Not the six digits of the ministry's code."""

    type = "/problems/identity/organisation-code-malformed"
    status = 422


class ClientNameMalformed(Problem):
    """No name, one that is too long, or one with characters that cannot be shown."""

    type = "/problems/identity/client-name-malformed"
    status = 422


ALL: tuple[type[Problem], ...] = (
    TokenRequestMalformed,
    GrantTypeUnsupported,
    ScopeRefused,
    ClientRejected,
    TooManyWrongSecrets,
    ClientUnknown,
    ClientRevoked,
    ClientSecretUnknown,
    TooManySecrets,
    ScopeUnknown,
    OrganisationCodeMalformed,
    ClientNameMalformed,
)
