"""The fixtures that any test may ask for: the clock, and servers that a test talks to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog

from shared import logs
from tests.support.clock import FakeClock
from tests.support.smtp import SmtpServer


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undo what a test configures about logs: a command's own set-up must not swallow the next test's lines."""
    yield
    structlog.reset_defaults()
    logs.request_id.set(None)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 2026-01-15 14:30 UTC until the test moves it."""
    return FakeClock()


@pytest.fixture
def make_smtp_server() -> Iterator[Callable[..., SmtpServer]]:
    """Start SMTP servers with the options of `SmtpServer`; they close with the test."""
    with ExitStack() as stack:

        def make(**options: Any) -> SmtpServer:
            return stack.enter_context(SmtpServer(**options))

        yield make


@pytest.fixture
def smtp_server(make_smtp_server: Callable[..., SmtpServer]) -> SmtpServer:
    """An SMTP server that takes every letter at once."""
    return make_smtp_server()
