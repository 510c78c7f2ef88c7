"""The lock against advisories: what is known is told, and what nobody could judge is not called sound."""

import json
from pathlib import Path

import pytest

from release.advisories import Advisory, NotJudged, judge

LOCK = Path("requirements.lock")
SOUND = {"name": "flask", "version": "3.1.2", "vulns": []}
VULNERABLE = {
    "name": "jinja2",
    "version": "3.1.4",
    "vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["3.1.5", "3.1.6"], "aliases": []}],
}
UNKNOWN = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited: jinja2 (3.1.4)"}


def printed(*packages: object) -> tuple[str, str]:
    return json.dumps({"dependencies": packages, "fixes": []}), ""


def test_judge_tells_each_advisory_with_what_mends_it() -> None:
    found = judge(LOCK, ask=lambda lock, source: printed(SOUND, VULNERABLE))
    assert found == (2, [Advisory("jinja2", "3.1.4", "PYSEC-2024-1", ("3.1.5", "3.1.6"))])


def test_judge_finds_nothing_against_sound_packages() -> None:
    assert judge(LOCK, ask=lambda lock, source: printed(SOUND)) == (1, [])


def test_judge_asks_the_second_source_when_the_first_is_away() -> None:
    answers = {"osv": ("", "ConnectionError"), "pypi": printed(SOUND, VULNERABLE)}
    assert len(judge(LOCK, ask=lambda lock, source: answers[source])[1]) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (("", "ConnectionError: no such host"), "osv: ConnectionError: no such host; pypi: ConnectionError"),
        (printed(SOUND, UNKNOWN), "pypi: it knows nothing of 1 packages"),
        (printed(), "pypi: "),
        (("no JSON", "broken"), "pypi: broken"),
    ],
    ids=["away", "one of them unknown", "nothing", "broken"],
)
def test_judge_calls_nothing_sound_that_nobody_could_judge(answer: tuple[str, str], reason: str) -> None:
    with pytest.raises(NotJudged, match=reason):
        judge(LOCK, ask=lambda lock, source: answer)
