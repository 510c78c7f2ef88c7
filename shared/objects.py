"""Objects by key: in a folder of this machine, or in a store that speaks S3, told apart by one address.

    file:///var/lib/vitrail/documents
    s3://bucket/prefix?region=ca-central-1
    s3://bucket?endpoint=https://objects.example.ca

An object is there whole or not at all, and the store keeps it past a power cut once `put` has returned. Time-outs,
repeating and signing of requests are the library's (obstore); which library that is, is nobody else's business.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from shared import logs
from shared.problems import Unavailable

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import LocalStore, S3Config, S3Store

log = logs.get(__name__)

# How soon to come back when the store does not answer.
COME_BACK = timedelta(seconds=10)
CONNECT_PATIENCE = timedelta(seconds=3)
# For the next bytes of an answer, and for beginning to repeat a request.
PATIENCE = timedelta(seconds=10)
# For a whole object, at the speed of a network between machines.
LONGEST = timedelta(minutes=2)
_RETRIES = 2
_PART = 128 * 1024
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_PARAMETERS = frozenset({"endpoint", "region"})
# What an S3 store says of a refusal: its code alone, for the message beside it may name keys and accounts.
_CODE = re.compile(r"<Code>(\w{1,64})</Code>|status code: (\d{3})")


class ObjectMissing(LookupError):
    """There is no object of this key."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The address of a folder."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The address of a bucket, or of what lies below a prefix in it.

    Without an endpoint or a region, those of the platform count (`AWS_ENDPOINT_URL_S3`, `AWS_REGION` …), then Amazon's.
    """

    name: str
    prefix: str | None
    endpoint: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class FoundObject:
    """What a store knows of an object: `written_at` by the clock of the store."""

    key: str
    size: int
    written_at: datetime


class StoredObject:
    """An object that is being read: `size` bytes in all, of which iterating yields those that were asked for, once."""

    def __init__(self, result: "GetResult") -> None:
        self.size: int = result.meta["size"]
        self._result = result

    def __iter__(self) -> Iterator[bytes]:
        """Yield the content in parts.

        Raises:
            Unavailable: the store has broken off.
        """
        with _telling("read"):
            yield from self._result.stream(_PART)


def read_address(url: str) -> Folder | Bucket:
    """Return what an address means.

    Raises:
        ValueError: it is no address of a store; the message says why, to be read after the variable's name.
    """
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.username or parts.password:
        raise ValueError("must not hold credentials: they have variables of their own")
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute() or path == Path("/") or given or parts.fragment:
            raise ValueError("must be file:/// and the path of a folder")
        return Folder(path=path)
    if parts.scheme != "s3" or not parts.netloc or parts.fragment:
        raise ValueError("must be file:///… (a folder) or s3://bucket/prefix?endpoint=…&region=…")
    if unknown := sorted(given.keys() - _PARAMETERS):
        raise ValueError(f"has parameters that nobody knows: {', '.join(unknown)}")
    endpoint = given.get("endpoint")
    if endpoint is not None and not _is_origin(endpoint):
        raise ValueError("must name an endpoint of scheme, host and port alone, such as https://objects.example.ca")
    prefix = unquote(parts.path).strip("/")
    if prefix and not _KEY.fullmatch(prefix):
        raise ValueError("must have a prefix of letters, digits, dots, dashes and slashes")
    return Bucket(name=parts.netloc, prefix=prefix or None, endpoint=endpoint, region=given.get("region"))


def check(url: str, *, access_key: str = "", secret_key: str = "") -> Folder | Bucket:
    """Return what an address means, when it and the credentials beside it can be meant.

    Raises:
        ValueError: as `read_address`, or one of the two credentials is missing.
    """
    address = read_address(url)
    if bool(access_key) != bool(secret_key):
        raise ValueError("needs both an access key and a secret key, or neither")
    return address


class ObjectStore:
    """A store of objects. It is reached when it is first asked for something."""

    def __init__(self, url: str, *, access_key: str = "", secret_key: str = "", patience: timedelta = PATIENCE) -> None:
        """Keep the address, and the credentials of a bucket; without them the platform's count (workload identity …).

        Raises:
            ValueError: as `check`.
        """
        self.address = check(url, access_key=access_key, secret_key=secret_key)
        self._credentials: S3Config = (
            {"access_key_id": access_key, "secret_access_key": secret_key} if access_key else {}
        )
        self._patience = patience

    def put(self, key: str, content: bytes | Path, *, media_type: str) -> None:
        """Keep an object, in the place of an earlier one of the same key.

        Raises:
            Unavailable: the store does not take it now.
        """
        import obstore

        with _telling("put"):
            # In one piece: parts of an upload that never ended would stay, and be paid for, where nobody lists them.
            obstore.put(
                self._store,
                _checked(key),
                content,
                use_multipart=False,
                # A folder knows no attributes.
                attributes=None if isinstance(self.address, Folder) else {"Content-Type": media_type},
            )
            if isinstance(self.address, Folder):
                _settle(self.address.path, self.address.path / key)

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> StoredObject:
        """Return an object to be read, from byte `start` to before byte `end`, which must lie in it.

        Raises:
            ObjectMissing: there is none.
            Unavailable: the store does not answer now.
        """
        import obstore

        wanted: Any = {"range": {"offset": start} if end is None else (start, end)} if start or end is not None else {}
        with _telling("get"):
            try:
                return StoredObject(obstore.get(self._store, _checked(key), options=wanted))
            except FileNotFoundError:
                raise ObjectMissing(key) from None

    def find(self, key: str) -> FoundObject | None:
        """Return what the store knows of an object, if there is one.

        Raises:
            Unavailable: the store does not answer now.
        """
        import obstore

        with _telling("find"):
            try:
                return _found(obstore.head(self._store, _checked(key)))
            except FileNotFoundError:
                return None

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is as good.

        Raises:
            Unavailable: the store does not do it now.
        """
        import obstore

        with _telling("delete"), suppress(FileNotFoundError):
            obstore.delete(self._store, _checked(key))

    def list_below(self, prefix: str | None = None) -> Iterator[FoundObject]:
        """Yield every object, or those whose keys begin with the segments of `prefix`.

        Raises:
            Unavailable: the store does not answer now.
        """
        import obstore

        with _telling("list"):
            for chunk in obstore.list(self._store, None if prefix is None else _checked(prefix)):
                yield from map(_found, chunk)

    @cached_property
    def _store(self) -> "LocalStore | S3Store":
        # Here and not at the top: most processes of a service never touch an object, and the library is large.
        from obstore.store import LocalStore, S3Store

        address = self.address
        if isinstance(address, Folder):
            # Ours alone: whoever has an account on this machine has no business in it.
            address.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(address.path)
        # One request each: not every store that speaks S3 knows the call for many.
        config: S3Config = {"disable_bulk_delete": True, **self._credentials}
        if address.endpoint is not None:
            config["endpoint"] = address.endpoint
        if address.region is not None:
            config["region"] = address.region
        return S3Store(
            address.name,
            prefix=address.prefix,
            config=config,
            client_options={
                "allow_http": (address.endpoint or "").startswith("http://"),
                "connect_timeout": CONNECT_PATIENCE,
                "read_timeout": self._patience,
                "timeout": LONGEST,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": self._patience},
        )


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("a key is made of letters, digits, dots, dashes, underscores and slashes")
    return key


def _found(meta: Any) -> FoundObject:
    return FoundObject(key=meta["path"], size=meta["size"], written_at=meta["last_modified"])


def _settle(root: Path, path: Path) -> None:
    """Have the disk keep a file and the names that lead to it: the library has written and renamed it, and no more."""
    for each in (path, *path.parents):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each == root:
            return


@contextmanager
def _telling(operation: str) -> Iterator[None]:
    """Say in the log that the store did not do something, and to the asker to come back.

    A bucket that is missing, or refused credentials, are an operator's to mend, and no fault of whoever asks.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except (OSError, BaseError) as fault:
        codes = sorted({code or status for code, status in _CODE.findall(str(fault))})
        log.error("object_store_failed", operation=operation, kind=type(fault).__name__, codes=codes)
        raise Unavailable(retry_after=COME_BACK) from None


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    try:
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return (
        is_whole
        and parts.scheme in {"http", "https"}
        and parts.path in {"", "/"}
        and not (parts.query or parts.fragment or parts.username)
    )
