import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import vitrail_client
from portal import pages
from portal.app import FOLDER
from portal.languages import Texts

TEXTS = Texts(FOLDER / "texts").keys("fr")
ASSETS = sorted((FOLDER / "assets").iterdir())
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
PYTHON = sorted(FOLDER.rglob("*.py"))
STYLES = "\n".join(each.read_text("utf-8") for each in ASSETS if each.suffix == ".css")
# What stands in a template between its braces, and the words there; one before « ~ » is the beginning of a key.
EXPRESSION = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
WORD = re.compile(r"'([^']*)'(\s*~)?")
FILES = (".css", ".html", ".js", ".svg")


@dataclass
class Written:
    """Words that stand in programs: whole ones, and those that something is put behind."""

    whole: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)

    def add_python(self, source: str) -> None:
        nodes = [*ast.walk(ast.parse(source))]
        self.whole |= {each.value for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)}
        joined = [each.values[0] for each in nodes if isinstance(each, ast.JoinedStr)]
        self.begun |= {str(each.value) for each in joined if isinstance(each, ast.Constant)}

    def add_template(self, source: str) -> None:
        found = [each for expression in EXPRESSION.findall(source) for each in WORD.findall(expression)]
        self.whole |= {word for word, _ in found}
        self.begun |= {word for word, more in found if more}


def written() -> Written:
    found = Written()
    for each in PYTHON:
        found.add_python(each.read_text("utf-8"))
    for each in TEMPLATES:
        found.add_template(each.read_text("utf-8"))
    return found


def choices() -> set[str]:
    """Return the words of the API's own lists, which keys and classes end with."""
    models = (Path(vitrail_client.__file__).parent / "models").glob("*.py")
    lists = [source for each in models if "_VALUES" in (source := each.read_text("utf-8"))]
    return {word for source in lists for word in re.findall(r'"([a-z][a-z0-9_]*)"', source)}


def is_made_of(rest: str, words: Collection[str]) -> bool:
    """Tell whether `rest` is some of the words, one behind the other."""
    pieces = re.split(r"[._]", rest)
    ends = {0}
    for end in range(1, len(pieces) + 1):
        ends |= {end for begin in ends if "_".join(pieces[begin:end]) in words}
    return len(pieces) in ends


def unused(keys: Iterable[str], found: Written, listed: Collection[str]) -> list[str]:
    words = {each.strip("._").replace(".", "_") for each in found.whole | found.begun} | set(listed)
    begun = [each for each in found.begun if re.match(r"[a-z_]+\.", each)]
    return [
        key
        for key in sorted(keys)
        if key not in found.whole
        and not any(key.startswith(each) and is_made_of(key.removeprefix(each), words) for each in begun)
    ]


def missing(keys: Collection[str], found: Written, addresses: Collection[str]) -> list[str]:
    parts = {key.partition(".")[0] for key in keys}
    named = [
        each
        for each in found.whole - found.begun
        if re.fullmatch(r"\w+(\.\w+)+", each) and each.partition(".")[0] in parts
    ]
    return [each for each in sorted(named) if each not in keys and each not in addresses and not each.endswith(FILES)]


def test_every_text_is_said_somewhere() -> None:
    assert unused(TEXTS, written(), choices()) == []


def test_every_text_that_is_said_is_written() -> None:
    assert missing(TEXTS, written(), {each.name for each in pages.ADDRESSES}) == []


def test_a_text_that_is_left_over_or_lacking_is_found() -> None:
    found = Written()
    found.add_python('words("site.here"), words(f"site.kind_{each}"), words(f"site.{name}_missing"), "late", "email"')
    found.add_template("{{ words('site.gone') }} <p title='site.no'> {% set a = words('site.' ~ each ~ '_title') %}")
    keys = {"site.here", "site.kind_late", "site.kind_early", "site.email_missing", "site.late_title", "site.left"}

    assert unused(keys, found, {"absent"}) == ["site.kind_early", "site.left"]
    assert missing(keys, found, {"site.page"}) == ["site.gone"]


def test_every_class_with_a_look_is_on_a_page() -> None:
    bare = re.sub(r"/\*.*?\*/|\"[^\"]*\"|\{[^{}]*\}", " ", STYLES, flags=re.DOTALL)
    classes = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", bare))
    scripts = [each for each in ASSETS if each.suffix == ".js"]
    said = "\n".join(each.read_text("utf-8") for each in (*PYTHON, *TEMPLATES, *scripts))
    on_pages = set(re.findall(r"[\w-]+", said))
    # « is-{{ status }} »: as many looks as the word has values.
    endings = written().whole | choices() | {"1", "2", "3"}

    assert len(classes) > 100
    assert [
        each for each in sorted(classes) if each not in on_pages and re.sub("^(is|has)-", "", each) not in endings
    ] == []


def test_every_token_has_a_value_and_a_use() -> None:
    given = set(re.findall(r"(--[\w-]+):", STYLES))

    assert given == set(re.findall(r"var\((--[\w-]+)", STYLES))


def test_every_asset_and_every_template_is_asked_for() -> None:
    asked = written().whole
    files = [each.name for each in ASSETS]
    shown = [str(each.relative_to(FOLDER / "templates")) for each in TEMPLATES]

    assert [each for each in (*files, *shown) if each not in asked] == []
