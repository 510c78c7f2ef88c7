"""Answers that the gateway writes itself, and the form of every answer that leaves it."""

from typing import Any

import orjson
from aiohttp import hdrs, web
from multidict import CIMultiDict

from shared import logs
from shared.problem_documents import ProblemPrinter
from shared.problems import Problem


class _Anonymous:
    """An answer that does not tell which software wrote it (GWY-8)."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()  # type: ignore[misc]
        self.headers.popall(hdrs.SERVER, None)  # type: ignore[attr-defined]


class Reply(_Anonymous, web.Response):
    """An answer whose body is at hand."""


class StreamedReply(_Anonymous, web.StreamResponse):
    """An answer whose body passes through in parts."""


def refusal(printer: ProblemPrinter, problem: Problem, *, language: str) -> Reply:
    """Return the answer that prints `problem` (RFC 9457)."""
    document, headers = printer.print(problem, language=language, request_id=logs.request_id.get())
    headers["Cache-Control"] = "no-store"
    if (allow := problem.facts.get("allow")) is not None:
        headers["Allow"] = allow
    headers.update(problem.facts.get("headers", {}))
    return Reply(status=problem.status, body=orjson.dumps(document), headers=headers)


def json(document: Any, *, headers: dict[str, str] | None = None) -> Reply:
    """Return a JSON answer."""
    return Reply(body=orjson.dumps(document), headers={"Content-Type": "application/json", **(headers or {})})


def page(html: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Return an HTML page."""
    merged: CIMultiDict[str] = CIMultiDict({"Content-Type": "text/html; charset=utf-8", **(headers or {})})
    return Reply(status=status, body=html.encode(), headers=merged)
