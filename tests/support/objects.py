"""Object stores for tests: a folder, and a real server that speaks S3 (moto's, a process of its own).

object_store_url    the address of an empty store: the test runs twice, on a folder and on the server
object_store        the same, opened
s3_server           the server, shared by all tests: `new_bucket()` gives the address of one that is the test's own
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from one_machine.kafka.node import free_ports
from shared.objects import ObjectStore

KINDS = ("folder", "s3")
REGION = "ca-central-1"
ACCESS_KEY = "access-key-of-the-tests"
SECRET_KEY = "secret-key-of-the-tests"
CREDENTIALS = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
_PATIENCE_S = 30.0

_pause = threading.Event()


class S3Server:
    """A server that speaks S3 over HTTP and forgets everything when it ends; a context manager."""

    def __init__(self, *, port: int | None = None, asks_who_comes: bool = False) -> None:
        """Prepare the server. One that `asks_who_comes` refuses credentials that it does not know, after one request."""
        self.port = port or free_ports(1)[0]
        self._asks_who_comes = asks_who_comes
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def url_of(self, bucket: str, *, port: int | None = None) -> str:
        """Return the address of a bucket, which need not be there; by another port, for a proxy in between."""
        return f"s3://{bucket}/documents?endpoint=http://127.0.0.1:{port or self.port}&region={REGION}"

    def new_bucket(self) -> str:
        """Make a bucket and return its address."""
        name = f"bucket-{next(self._numbers)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        with contextlib.closing(connection):
            place = f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
            scope = f"{ACCESS_KEY}/20260101/{REGION}/s3/aws4_request"
            signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
            connection.request("PUT", f"/{name}", body=place, headers={"Authorization": signed})
            answered = connection.getresponse()
            assert answered.status == 200, answered.read()
        return self.url_of(name)

    def start(self) -> None:
        """Start the process and wait until it answers."""
        environment = dict(os.environ)
        if self._asks_who_comes:
            environment["INITIAL_NO_AUTH_ACTION_COUNT"] = "1"
        program = "import sys; from moto.server import main; main(sys.argv[1:])"
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", program, "-H", "127.0.0.1", "-p", str(self.port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(int(_PATIENCE_S * 20)):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None, "the S3 server has not started"
            _pause.wait(0.05)
        raise TimeoutError("the S3 server does not answer")

    def stop(self) -> None:
        """End the process, at once; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The shared server, started when the first test asks for it."""
    with S3Server() as server:
        yield server


@pytest.fixture
def folder_store_url(tmp_path: Path) -> str:
    """The address of a folder that is not there yet."""
    return f"file://{tmp_path / 'objects'}"


@pytest.fixture
def s3_store_url(s3_server: S3Server) -> str:
    """The address of an empty bucket."""
    return s3_server.new_bucket()


@pytest.fixture(params=KINDS)
def object_store_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty store: the test runs twice, on a folder and on a server that speaks S3."""
    url: str = request.getfixturevalue(f"{request.param}_store_url")
    return url


@pytest.fixture
def object_store(object_store_url: str) -> ObjectStore:
    """An empty store of both kinds."""
    return ObjectStore(object_store_url, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
