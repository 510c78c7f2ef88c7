"""What we refuse: one class a refusal, raised below the doors and printed in one place (`shared.web`, the gateway).

A plain exception, so that relay and consumer processes never load a web framework. The types that every part can
answer with live here; `{service}` in their `type` is filled in by whoever prints them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal with a stable type (RFC 9457).

    `facts` fill the placeholders of the `detail` text and of the headers and, when named in `extensions`, become members of
    the answer;
    `errors` are `{"pointer": "#/field", "detail": …}` or `{"parameter": …}`; `retry_after` becomes `Retry-After`.
    """

    type: ClassVar[str]
    status: ClassVar[int]
    extensions: ClassVar[tuple[str, ...]] = ()
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after: timedelta | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(self.slug())
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.facts = facts

    @classmethod
    def slug(cls) -> str:
        """Return the last part of the type, in kebab-case: the key of its texts."""
        return cls.type.rsplit("/", 1)[-1]

    @classmethod
    def code(cls) -> str:
        """Return the slug in snake_case, which clients branch on."""
        return cls.slug().replace("-", "_")


class ValidationFailed(Problem):
    """The request was understood and its content is not acceptable; `errors` says where."""

    type = "/problems/{service}/validation-failed"
    status = 422


class MalformedRequest(Problem):
    """The body is not what its content type says (broken JSON, not UTF-8, not an object)."""

    type = "/problems/{service}/malformed-request"
    status = 400


class UnsupportedMediaType(Problem):
    """A body of another type than those that the path takes, JSON for most; form posts from foreign pages end here (SES-7).

    `accepted` names them.
    """

    type = "/problems/{service}/unsupported-media-type"
    status = 415


class BodyTooLarge(Problem):
    """The body is larger than this path takes."""

    type = "/problems/{service}/body-too-large"
    status = 413


class NotFound(Problem):
    """No such resource, or none that the caller may see: the two answer alike (CHD-13)."""

    type = "/problems/{service}/not-found"
    status = 404


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    type = "/problems/{service}/method-not-allowed"
    status = 405


class NotSignedIn(Problem):
    """No session, or one that has ended."""

    type = "/problems/{service}/not-signed-in"
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="vitrail"'}


class NotAllowed(Problem):
    """Signed in, but not for this."""

    type = "/problems/{service}/not-allowed"
    status = 403


class RequestInProgress(Problem):
    """The first request with this Idempotency-Key has not been answered yet."""

    type = "/problems/{service}/request-in-progress"
    status = 409


class IdempotencyKeyReused(Problem):
    """The Idempotency-Key was used before for another request."""

    type = "/problems/{service}/idempotency-key-reused"
    status = 422


class Unavailable(Problem):
    """Something that this part needs does not answer now; try again."""

    type = "/problems/{service}/unavailable"
    status = 503


class InternalError(Problem):
    """A fault of ours: logged with its traceback, told without any detail."""

    type = "/problems/{service}/internal-error"
    status = 500


# What every service can answer with, beside its own.
SHARED: tuple[type[Problem], ...] = (
    ValidationFailed,
    MalformedRequest,
    UnsupportedMediaType,
    BodyTooLarge,
    NotFound,
    MethodNotAllowed,
    NotSignedIn,
    NotAllowed,
    RequestInProgress,
    IdempotencyKeyReused,
    Unavailable,
    InternalError,
)
