"""What is refused: each type once, under its part's name, pinned, and with words in both languages."""

import importlib
import re
import string
from pathlib import Path

import pytest

from shared.problems import Problem
from shared.texts import LANGUAGES, Text, Texts
from tests.support.source import ROOT, services, source_files

# One line a type: what clients branch on. A type that is gone is never used again for something else.
PINNED = Path(__file__).parent / "problem_types.txt"

TYPE = re.compile(r"/problems/(?P<part>\{service\}|[a-z]+)/[a-z0-9]+(-[a-z0-9]+)*")


def parts() -> dict[str, Path]:
    """Each part that refuses, and the folder of its texts."""
    found = {name: ROOT / "services" / name for name in services()}
    return found | {part: ROOT / part for part in ("gateway",) if (ROOT / part / "errors.py").exists()}


def problems(part: str) -> list[type[Problem]]:
    """The refusals that a part declares: in its `errors`, or for the shared part anywhere in `shared`."""
    package = part if part in {"gateway", "shared"} else f"services.{part}"
    modules = [file.module for file in source_files(package.partition(".")[0]) if file.module.startswith(f"{package}.")]
    for module in modules if part == "shared" else [name for name in modules if f"{package}.errors" in name]:
        importlib.import_module(module)
    return sorted(
        {each for each in _subclasses(Problem) if each.__module__.startswith(f"{package}.")}, key=lambda each: each.type
    )


def _subclasses(of: type[Problem]) -> set[type[Problem]]:
    return {below for each in of.__subclasses__() for below in {each, *_subclasses(each)}}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def told(text: Text) -> dict[str, set[str]]:
    """The facts that a text tells, in general and on each occasion."""
    return {occasion: placeholders(detail) for occasion, detail in {"": text.detail, **text.occasions}.items()}


def declared() -> list[type[Problem]]:
    return [each for part in ("shared", *parts()) for each in problems(part)]


def types_and_statuses() -> list[str]:
    return sorted(f"{each.type} {each.status}" for each in declared())


def test_the_types_are_the_pinned_ones() -> None:
    # After an intended change: python -m tests.architecture.test_problems > tests/architecture/problem_types.txt
    assert PINNED.read_text("utf-8").splitlines() == types_and_statuses()


def test_every_type_is_used_once() -> None:
    types = [each.type for each in declared()]
    assert len(types) > 10
    assert sorted(types) == sorted(set(types))


@pytest.mark.parametrize("part", ["shared", *parts()])
def test_every_type_is_under_the_name_of_its_part(part: str) -> None:
    found = {each: TYPE.fullmatch(each.type) for each in problems(part)}
    name = "{service}" if part == "shared" else part
    assert [each.__name__ for each, match in found.items() if match is None or match["part"] != name] == []


@pytest.mark.parametrize("part", ["shared", *parts()])
def test_no_refusal_is_a_success(part: str) -> None:
    assert [each.__name__ for each in problems(part) if not 400 <= each.status < 600] == []


@pytest.mark.requirement("ACC-15", "XC-07")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", parts())
def test_every_refusal_has_words(part: str, language: str) -> None:
    texts = Texts(parts()[part] / "texts")
    slugs = {each.slug() for each in (*problems(part), *problems("shared"))}
    assert slugs - texts.slugs(language) == set()
    words = [texts.of(slug, language) for slug in sorted(slugs)]
    assert [word for word in words if not word.title.strip() or not word.detail.strip()] == []


@pytest.mark.parametrize("part", parts())
def test_both_languages_tell_the_same_facts(part: str) -> None:
    texts = Texts(parts()[part] / "texts")
    french, english = (texts.slugs(language) for language in LANGUAGES)
    assert french == english
    differing = [slug for slug in sorted(french) if told(texts.of(slug, "fr")) != told(texts.of(slug, "en"))]
    assert differing == []


@pytest.mark.parametrize("part", parts())
def test_no_words_are_left_over(part: str) -> None:
    own = Texts(parts()[part] / "texts").slugs("fr") - Texts(ROOT / "shared" / "texts").slugs("fr")
    assert own - {each.slug() for each in problems(part)} == set()


if __name__ == "__main__":
    print(*types_and_statuses(), sep="\n")
