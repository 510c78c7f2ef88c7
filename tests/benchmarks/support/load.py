"""Sending load: requests as a benchmark prepares them, and what a load client's process found."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.support.source import ROOT


class WrongAnswers(Exception):
    """A server did not answer as it must: a rate of refusals is no rate."""


class Request(NamedTuple):
    """One request, whole."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None = None


def json_request(path: str, body: Any, headers: dict[str, str]) -> Request:
    """Return a POST of a JSON document."""
    return Request("POST", path, {**headers, "Content-Type": "application/json"}, json.dumps(body))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job: answers by status, the rate of them, how long they took, and how busy the client was."""

    seconds: float
    busy: float
    statuses: dict[int, int]
    failures: int
    latencies_ms: dict[str, float] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many answers came."""
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def require(self, status: int) -> Self:
        """Return this outcome when every request was answered with `status`.

        Raises:
            WrongAnswers: some were not, or there were none; the message counts them.
        """
        if self.failures or set(self.statuses) != {status}:
            raise WrongAnswers(f"expected {status} alone, got {self.statuses} and {self.failures} broken connections")
        return self


class LoadClient:
    """A load client's process; a context manager. Jobs run one after the other; `start` and `finish` let two overlap."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.support.load_client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def run(
        self, url: str, requests: Sequence[Request], *, connections: int, seconds: float, repeats: bool = True
    ) -> Outcome:
        """Send requests for some seconds, or until there are no more; return what came of it."""
        self.start(url, requests, connections=connections, seconds=seconds, repeats=repeats)
        return self.finish()

    def start(
        self, url: str, requests: Sequence[Request], *, connections: int, seconds: float, repeats: bool = True
    ) -> None:
        """Begin a job, which `finish` waits for."""
        assert self._process.stdin is not None
        job = {"url": url, "connections": connections, "seconds": seconds, "repeats": repeats, "requests": requests}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Outcome:
        """Return what came of the job that was started.

        Raises:
            WrongAnswers: the client ended without an answer.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WrongAnswers("the load client ended")
        found = json.loads(line)
        found["statuses"] = {int(status): count for status, count in found["statuses"].items()}
        return Outcome(**found)
