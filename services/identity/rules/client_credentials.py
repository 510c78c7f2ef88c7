"""How a client says who it is and what it wants: the token request of RFC 6749, read."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

GRANT_TYPE: Final = "client_credentials"
# What makes a secret that was published by mistake recognizable, to people and to the scanners of code hosts.
SECRET_PREFIX: Final = "vitrail_secret_"
TOKEN_PREFIX: Final = "vitrail_token_"

LONGEST_NAME: Final = 100
_ORGANISATION_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class Malformed(ValueError):
    """The request is none that the RFC describes."""


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """What was asked for, and with which credentials; both are empty when there are none."""

    grant_type: str
    scope: str
    client_id: str
    client_secret: str = field(repr=False)


def read(form: Mapping[str, Sequence[str]], *, authorization: str | None) -> TokenRequest:
    """Return the token request in the parameters of a form and the `Authorization` header beside them.

    A parameter without a value counts as left out, one that nobody knows is ignored (RFC 6749 §3.2).

    Raises:
        Malformed: `grant_type` is missing, a parameter is repeated, or the client authenticates twice (§2.3).
    """
    if any(len(values) > 1 for values in form.values()):
        raise Malformed
    given = {name: values[0] for name, values in form.items() if values and values[0]}
    client_id, client_secret = given.get("client_id", ""), given.get("client_secret", "")
    if authorization is not None:
        if client_secret:
            raise Malformed
        basic_id, client_secret = _read_basic(authorization)
        # A client may name itself in the body too (§3.2.1), as long as it is the same.
        if client_id not in ("", basic_id):
            raise Malformed
        client_id = basic_id
    if "grant_type" not in given:
        raise Malformed
    return TokenRequest(
        grant_type=given["grant_type"],
        scope=given.get("scope", ""),
        client_id=client_id,
        client_secret=client_secret,
    )


def is_organisation_code(text: str) -> bool:
    """Tell whether `text` has the form of the ministry's code of a board or school."""
    return _ORGANISATION_CODE.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Tell whether `text` can be the name of a client: one line that an operator can read in a list."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and not text.isspace()


def _read_basic(authorization: str) -> tuple[str, str]:
    """Return id and secret of an `Authorization: Basic …` (RFC 7617), each decoded as a form's value is (RFC 6749 §2.3.1).

    Raises:
        Malformed: another scheme, or nothing that could be decoded.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Malformed
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Malformed from None
    client_id, colon, client_secret = pair.partition(":")
    if not colon:
        raise Malformed
    return unquote_plus(client_id), unquote_plus(client_secret)
