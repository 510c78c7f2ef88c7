import ast
import hmac
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.identity.context import FOLDER
from services.identity.rules import codes
from shared.digests import Digester
from tests.identity.world import key

NOW = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
# χ² with 99 degrees of freedom is beyond this once in 100,000 runs.
LEAST_LIKELY = 172.0


@pytest.mark.requirement("COD-1", "ID-08")
def test_new_code_is_six_digits_evenly_spread_with_leading_zeros() -> None:
    made = [codes.new_code() for _ in range(20_000)]
    assert [code for code in made if not re.fullmatch(r"[0-9]{6}", code)] == []
    assert any(code.startswith("0") for code in made)
    for digits in (slice(0, 2), slice(2, 4), slice(4, 6)):
        buckets = Counter(code[digits] for code in made)
        expected = len(made) / 100
        spread = sum((buckets[f"{number:02}"] - expected) ** 2 / expected for number in range(100))
        assert spread < LEAST_LIKELY


@pytest.mark.requirement("COD-1")
def test_no_source_file_draws_from_random_or_the_time_of_day() -> None:
    drawn = []
    for file in sorted(Path(FOLDER).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module if isinstance(node, ast.ImportFrom) else None
            drawn += [f"{file.name}: {name}" for name in [*names, module] if name == "random"]
            is_time = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time"
            drawn += [f"{file.name}: time.{node.attr}"] if is_time and node.attr not in {"monotonic", "sleep"} else []
    assert drawn == []


@pytest.mark.requirement("COD-1")
def test_new_code_takes_its_secret_from_the_systems_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def token_bytes(length: int) -> bytes:
        asked.append(length)
        return b"12345678901234567890"

    monkeypatch.setattr("secrets.token_bytes", token_bytes)
    # RFC 4226, appendix D: the first value of this secret.
    assert codes.new_code() == "755224"
    assert asked == [20]


@pytest.mark.requirement("COD-12", "ID-16")
@pytest.mark.parametrize(
    "typed",
    [
        "392131",
        " 392131",
        "392131 ",
        "392131\n",
        "392 131",
        " 392 131\u00a0",
        "392\u202f131",
        "392-131",
        "392\u2013131",
        "3 9 2 1 3 1",
        "\u200b392131\ufeff",
        "３９２１３１",
        "٣٩٢١٣١",
        "۳۹۲۱۳۱",
        "३९२१३१",
    ],
)
def test_read_takes_what_pasting_makes_of_a_code(typed: str) -> None:
    assert codes.read(typed) == "392131"


@pytest.mark.requirement("COD-12")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "39213",
        "3921311",
        "39213a",
        "39213.1",
        "+392131",
        "392131;",
        "3921³1",
        "39213⑥x",
        "²²²²²²²",
        "0" * 10_000,
    ],
)
def test_read_refuses_what_is_not_six_digits(typed: str) -> None:
    assert codes.read(typed) is None


@pytest.mark.requirement("COD-3")
def test_a_stolen_digest_tells_nothing_without_the_key() -> None:
    stored = Digester(key("code")).digest("code", "challenge", codes.ACCOUNT_CREATION, "a@b.ca", "392131")
    other = Digester(key("another"))
    assert not other.agrees(stored, "code", "challenge", codes.ACCOUNT_CREATION, "a@b.ca", "392131")
    bare = [hmac.new(b"", f"{number:06}".encode(), "sha256").hexdigest() for number in (392_131, 392_132)]
    assert not any(digest in stored for digest in bare)


@pytest.mark.requirement("COD-11")
@pytest.mark.parametrize("changed", [0, 1, 2, 3])
def test_a_digest_is_bound_to_challenge_purpose_and_mailbox(changed: int) -> None:
    digester = Digester(key("code"))
    parts = ["challenge", codes.ACCOUNT_CREATION, "a@b.ca", "392131"]
    stored = digester.digest("code", *parts)
    assert digester.agrees(stored, "code", *parts)
    parts[changed] += "0"
    assert not digester.agrees(stored, "code", *parts)


@pytest.mark.requirement("COD-3")
def test_a_code_made_under_the_older_key_is_good_until_that_key_is_dropped() -> None:
    old, new = key("old"), key("new")
    stored = Digester(old).digest("code", "392131")
    assert Digester((*old, *new)).agrees(stored, "code", "392131")
    assert not Digester(new).agrees(stored, "code", "392131")


@pytest.mark.parametrize(
    ("closed_as", "age", "attempts", "state"),
    [
        (None, 0, 0, codes.PENDING),
        (None, 7199, 4, codes.PENDING),
        (None, 7200, 0, codes.EXPIRED),
        (None, 0, 5, codes.EXPIRED),
        (codes.VERIFIED, 9000, 1, codes.VERIFIED),
        (codes.SUPERSEDED, 0, 0, codes.SUPERSEDED),
        (codes.CANCELLED, 9000, 5, codes.CANCELLED),
    ],
)
def test_state_says_why_a_challenge_is_closed_first(closed_as: str | None, age: int, attempts: int, state: str) -> None:
    expires_at = NOW + timedelta(seconds=7200)
    now = NOW + timedelta(seconds=age)
    assert codes.state(closed_as=closed_as, expires_at=expires_at, attempts=attempts, most_attempts=5, now=now) == state
