"""`Idempotency-Key`: the same request sent again gets the same answer, and is carried out once.

The answer is kept sealed for a day: it may hold a session's token. A refusal is not kept, so that a corrected or later
attempt under the same key can succeed.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import flask
import orjson
from sqlalchemy import Executable, and_, bindparam, delete, null, select, update

from shared import auth
from shared.answered_requests import KEPT_FOR, answered, copy_to, sweep
from shared.clock import Clock
from shared.database import Database, once_a_dialect
from shared.digests import Seal
from shared.problems import IdempotencyKeyReused, RequestInProgress, ValidationFailed

# The table and its sweep have a module of their own, which models import without Flask.
__all__ = ["HEADER", "Idempotency", "copy_to", "once", "once_by", "sweep"]

HEADER = "Idempotency-Key"
# A request that has not ended after this long died with its process: the key is free again.
ABANDONED_AFTER = timedelta(seconds=60)

# What a repeated answer must carry again, beside its body.
_KEPT_HEADERS = ("Content-Type", "Content-Language", "Location", "Set-Cookie")


@once_a_dialect
def _take(insert: Any) -> Executable:
    """Take a key that nobody has, or one whose request is given up for dead or was answered long ago."""
    new = insert(answered).values({name: bindparam(name) for name in ("key", "fingerprint", "began_at")})
    abandoned = answered.c.status.is_(None) & (answered.c.began_at < bindparam("abandoned_before"))
    expired = answered.c.began_at < bindparam("expired_before")
    taken = new.on_conflict_do_update(
        index_elements=[answered.c.key],
        set_={
            "fingerprint": new.excluded.fingerprint,
            "began_at": new.excluded.began_at,
            "status": null(),
            "sealed": null(),
        },
        where=abandoned | expired,
    )
    # RETURNING, because PostgreSQL's driver keeps no row count of an insert.
    return taken.returning(answered.c.key)  # type: ignore[no-any-return]


_find = select(answered).where(answered.c.key == bindparam("its_key"))
# A request that was given up for dead and lives after all has no say in the one that took its key over.
_is_under_way = and_(
    answered.c.key == bindparam("its_key"), answered.c.status.is_(None), answered.c.began_at == bindparam("since")
)
_write = update(answered).where(_is_under_way).values(status=bindparam("status"), sealed=bindparam("sealed"))
_free = delete(answered).where(_is_under_way)


class Idempotency:
    """What `once` needs from an application; put it into `app.extensions["idempotency"]`."""

    def __init__(self, *, database: Database, clock: Clock, seal: Seal) -> None:
        self.database = database
        self.clock = clock
        self.seal = seal


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a creating view honor `Idempotency-Key`; outermost decorator of the method.

    Raises:
        RequestInProgress: the first request under this key has not been answered yet.
        IdempotencyKeyReused: the key was used for another request.
        ValidationFailed: the key is longer than 200 characters.
    """
    return once_by(_body)(view)


def once_by(
    content: Callable[[], bytes], *, abandoned_after: timedelta = ABANDONED_AFTER
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return `once` for a view whose body memory has no room for, or that takes longer than most.

    `content` returns what stands for the body; a request that has not ended after `abandoned_after` died with its process.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            given = flask.request.headers.get(HEADER)
            if given is None:
                return view(*args, **kwargs)
            if not 0 < len(given) <= 200:
                raise ValidationFailed(errors=[{"parameter": HEADER, "detail": "1 – 200"}])
            keeper: Idempotency = flask.current_app.extensions["idempotency"]
            # Keyed: a body may be six digits or a password, and a bare digest of those can be tried out.
            key, fingerprints = _key(given), keeper.seal.fingerprints(content() + flask.request.query_string)
            began_at = keeper.clock.now()
            if (kept := _claim(keeper, key, fingerprints, began_at, abandoned_after)) is not None:
                return kept
            try:
                response = flask.make_response(view(*args, **kwargs))
            except BaseException:
                _release(keeper, key, began_at)
                raise
            if response.status_code >= 400:
                _release(keeper, key, began_at)
            else:
                _keep(keeper, key, began_at, response)
            return response

        return guarded

    return decorate


def _body() -> bytes:
    return flask.request.get_data(cache=True)


def _key(given: str) -> str:
    # One caller's key is not another's: account, client or address, method and path are part of it.
    passport = auth.current()
    whose = passport.account_id or passport.client_id or f"address:{passport.address}"
    return hashlib.sha256("\n".join((whose, flask.request.method, flask.request.path, given)).encode()).hexdigest()


def _claim(
    keeper: Idempotency, key: str, fingerprints: list[str], now: datetime, abandoned_after: timedelta
) -> flask.Response | None:
    claim = {
        "key": key,
        "fingerprint": fingerprints[0],
        "began_at": now,
        "abandoned_before": now - abandoned_after,
        "expired_before": now - KEPT_FOR,
    }
    with keeper.database.transaction() as session:
        if session.execute(_take(session), claim).first() is not None:
            return None
        row = session.execute(_find, {"its_key": key}).one()
    if row.fingerprint not in fingerprints:
        raise IdempotencyKeyReused
    if row.status is None:
        raise RequestInProgress(retry_after=timedelta(seconds=1))
    kept = orjson.loads(keeper.seal.open(row.sealed))
    return flask.Response(kept["body"], status=row.status, headers=[tuple(each) for each in kept["headers"]])


def _keep(keeper: Idempotency, key: str, began_at: datetime, response: flask.Response) -> None:
    headers = [(name, value) for name, value in response.headers.items() if name in _KEPT_HEADERS]
    sealed = keeper.seal.close(orjson.dumps({"body": response.get_data(as_text=True), "headers": headers}).decode())
    with keeper.database.transaction() as session:
        session.execute(_write, {"its_key": key, "since": began_at, "status": response.status_code, "sealed": sealed})


def _release(keeper: Idempotency, key: str, began_at: datetime) -> None:
    with keeper.database.transaction() as session:
        session.execute(_free, {"its_key": key, "since": began_at})
