"""How a refusal is printed: one RFC 9457 document for every part, web framework or not."""

from math import ceil
from typing import Any

from shared.problems import Problem
from shared.texts import Texts, half

MEDIA_TYPE = "application/problem+json"


class ProblemPrinter:
    """Prints the problems of one part (`identity`, `gateway`, …) in the reader's language."""

    def __init__(self, part: str, texts: Texts) -> None:
        self.part = part
        self.texts = texts

    def print(
        self, problem: Problem, *, language: str, request_id: str | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the document and the headers for `problem`.

        The document always has `type`, `title`, `status`, `detail`, `code`, `severity` and `request_id` (api.md,
        Conventions); `errors` for validation and the extensions that the problem's class names.
        """
        facts = dict(problem.facts)
        headers = {
            "Content-Type": MEDIA_TYPE,
            "Content-Language": language,
            "Vary": "Accept-Language",
            **{name: value.format_map(facts) for name, value in problem.headers.items()},
        }
        if problem.retry_after is not None:
            facts["retry_after_s"] = max(ceil(problem.retry_after.total_seconds()), 1)
            headers["Retry-After"] = str(facts["retry_after_s"])
        text = self.texts.of(problem.slug(), language)
        document: dict[str, Any] = {
            "type": self.type_of(problem),
            "title": text.title,
            "status": problem.status,
            "detail": text.filled(facts),
            "code": problem.code(),
            "severity": "error",
            "request_id": request_id,
        }
        for name in problem.extensions:
            document[name] = facts.get(name)
        if problem.errors:
            document["errors"] = [
                {name: half(language, words) for name, words in error.items()} for error in problem.errors
            ]
        return document, headers

    def print_plain(
        self, status: int, *, language: str, request_id: str | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the document of an HTTP error without a meaning of its own: `about:blank` (RFC 9457 §4.2.1)."""
        text = self.texts.of("http-error", language)
        document = {
            "type": "about:blank",
            "title": text.title,
            "status": status,
            "detail": text.detail,
            "code": "http_error",
            "severity": "error",
            "request_id": request_id,
        }
        return document, {"Content-Type": MEDIA_TYPE, "Content-Language": language, "Vary": "Accept-Language"}

    def type_of(self, problem: type[Problem] | Problem) -> str:
        """Return the full type, with this part's name in the types that every part shares."""
        return problem.type.replace("{service}", self.part)
