"""What the views of identity read from a request and put on an answer beside its body."""

from datetime import timedelta

import flask

from services.identity.context import Context
from services.identity.operations.session_starting import StartedSession
from services.identity.operations.signing_in import SignedIn
from shared import auth, cookies
from shared.problems import BodyTooLarge, NotSignedIn

# Longer passwords are nobody's (PWD-10). A code may come wrapped in what a clumsy paste adds (COD-12).
LARGEST_BODY = 8 * 1024
LARGEST_CODE_BODY = 16 * 1024
# There, back, and the time to prove a mailbox.
LONGEST_SOCIAL_VISIT = timedelta(minutes=30)
# Tells the gateway which sessions to forget; it never leaves the gateway.
SESSIONS_ENDED = "Vitrail-Sessions-Ended"


def context() -> Context:
    """Return the context of this application."""
    ctx: Context = flask.current_app.extensions["context"]
    return ctx


def small_body_only() -> None:
    """Refuse a body that no honest request of identity has, before anything is read.

    Raises:
        BodyTooLarge: it is larger than 8 KiB.
    """
    length = flask.request.content_length
    if length is not None and length > LARGEST_BODY:
        raise BodyTooLarge


def device() -> str:
    """Return what the caller's browser or app calls itself."""
    return flask.request.headers.get("User-Agent", "")


def caller() -> dict[str, str]:
    """Return where the caller comes from, as the operations that write it down take it."""
    return {"address": auth.current().address, "device": device()}


def own() -> dict[str, str]:
    """Return the caller's session and account, as operations take them.

    Raises:
        NotSignedIn: the caller has none.
    """
    passport = auth.current()
    if passport.session_id is None or passport.account_id is None:
        raise NotSignedIn
    return {"session_id": passport.session_id, "account_id": passport.account_id}


def device_token() -> str | None:
    """Return the known-device cookie, which the gateway hands over as a header of its own."""
    return flask.request.headers.get("Device-Token")


def social_token() -> str | None:
    """Return what binds a browser to its way to a provider; a cookie, which the gateway hands over as a header."""
    return flask.request.headers.get("Social-Token")


def keep_social_token(response: flask.Response, token: str | None) -> None:
    """Give the browser what binds it to its way to a provider, or take it away."""
    url = context().settings.public_url
    name, flags = cookies.name(cookies.SOCIAL, url), cookies.flags(url)
    if token is None:
        response.delete_cookie(name, **flags)  # type: ignore[arg-type]
    else:
        response.set_cookie(name, token, max_age=LONGEST_SOCIAL_VISIT, **flags)  # type: ignore[arg-type]


def departed(url: str, token: str) -> flask.Response:
    """Return the answer that sends a browser to a provider, with what binds it to its way."""
    response = flask.jsonify({"url": url})
    response.status_code = 201
    keep_social_token(response, token)
    return response


def set_signed_in(response: flask.Response, opened: SignedIn) -> None:
    """Put what opens a session on an answer: its cookies, and the sessions that it ended."""
    url = context().settings.public_url
    _set_session_cookie(response, opened.session.token)
    response.set_cookie(
        cookies.name(cookies.DEVICE, url),
        opened.device_token,
        max_age=context().settings.device_lifetime,
        **cookies.flags(url),  # type: ignore[arg-type]
    )
    tell_ended(response, opened.session.ended_session_ids)


def signed_in(body: dict[str, object], opened: SignedIn) -> flask.Response:
    """Return the answer that opens a session: body, cookies, and the sessions that it ended."""
    response = flask.jsonify(body)
    response.status_code = 201
    set_signed_in(response, opened)
    return response


def renewed(session: StartedSession) -> flask.Response:
    """Return the answer that gives a session new tokens."""
    response = flask.jsonify({"token": session.token, "csrf_token": session.csrf_token})
    _set_session_cookie(response, session.token)
    tell_ended(response, session.ended_session_ids)
    return response


def signed_out(response: flask.Response) -> None:
    """Take the session's cookie away."""
    url = context().settings.public_url
    response.delete_cookie(cookies.name(cookies.SESSION, url), **cookies.flags(url))  # type: ignore[arg-type]


def tell_ended(response: flask.Response, names: tuple[str, ...]) -> None:
    """Tell the gateway which sessions have ended: session ids, or `account:<id>` for all of an account."""
    if names:
        response.headers[SESSIONS_ENDED] = ",".join(names)


def _set_session_cookie(response: flask.Response, token: str) -> None:
    url = context().settings.public_url
    # No Max-Age: the session ends with the browser at the latest (PRV-6).
    response.set_cookie(cookies.name(cookies.SESSION, url), token, **cookies.flags(url))  # type: ignore[arg-type]
