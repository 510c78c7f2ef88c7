"""The fixtures that any test may ask for: the clock, and servers that a test talks to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.smtp import SmtpServer


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
