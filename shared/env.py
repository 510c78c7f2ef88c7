"""Settings out of the environment: typed, frozen, and every mistake told at once.

A service declares its settings as one frozen dataclass with `setting(…)` fields; `load` builds it. Any variable may be
given as a file instead (`IDENTITY_CODE_KEYS_FILE=/run/secrets/app/code_keys`), which is how secrets are mounted.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

# Known from documentation and examples: a deployment that kept one of them has no secret at all (KEY-3).
SAMPLE_SECRETS = frozenset({"change-me", "changeme", "secret", "password", "example"})
SHORTEST_KEY = 32


class SettingsError(Exception):
    """The environment does not describe a working part; the message lists every mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("The settings are incomplete or wrong:\n" + "\n".join(f"  - {line}" for line in mistakes))
        self.mistakes = mistakes


def setting(
    help: str,
    *,
    default: Any = MISSING,
    variable: str | None = None,
    is_secret: bool = False,
    is_key_ring: bool = False,
) -> Any:
    """Declare a settings field.

    `help` is one line for operators (README, `deploy/env`); `variable` names the variable when it is not the prefix
    and the field's name; a key ring is a comma-separated list of keys, newest last, each at least 32 characters.
    """
    metadata = {"help": help, "variable": variable, "is_secret": is_secret or is_key_ring, "is_key_ring": is_key_ring}
    return field(default=default, repr=not metadata["is_secret"], metadata=metadata)


@dataclass(frozen=True)
class Variable:
    """One variable as operators see it."""

    name: str
    help: str
    default: str | None
    is_secret: bool


def environment(part: str) -> dict[str, str]:
    """Return this process's environment, over the file that `make run` leaves for commands typed beside it.

    The file is `$VITRAIL_HOME/environment/<part>.env` (`var/…` by default). With it, an operator's command finds the
    running set-up's database and keys; where there is none, as in production, the environment stands alone.
    """
    given = dict(os.environ)
    path = Path(given.get("VITRAIL_HOME", "var")) / "environment" / f"{part}.env"
    if not path.is_file():
        return given
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)} | given


def load(settings: type[T], environment: Mapping[str, str], *, prefix: str) -> T:
    """Build `settings` from `environment`.

    Raises:
        SettingsError: variables are missing, unreadable or unacceptable; all of them are named, no value is.
    """
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    hints = get_type_hints(settings)
    for each in fields(settings):  # type: ignore[arg-type]
        name = variable_name(each, prefix)
        try:
            text = _text(environment, name)
            if text is not None:
                values[each.name] = _parse(text, hints[each.name], each)
            elif each.default is MISSING and each.default_factory is MISSING:
                mistakes.append(f"{name} is missing: {each.metadata['help']}")
        except ValueError as mistake:
            mistakes.append(f"{name} {mistake}")
    if mistakes:
        raise SettingsError(mistakes)
    return settings(**values)


def variables(settings: type, *, prefix: str) -> list[Variable]:
    """Return every variable that `settings` reads, in the order of declaration, for READMEs and examples."""
    return [
        Variable(
            name=variable_name(each, prefix),
            help=each.metadata["help"],
            default=None if each.default is MISSING else _print(each.default),
            is_secret=each.metadata["is_secret"],
        )
        for each in fields(settings)
    ]


def example(settings: type, *, prefix: str) -> str:
    """Return the text of `deploy/env/<part>.env.example`."""
    lines = []
    for each in variables(settings, prefix=prefix):
        lines.append(f"# {each.help}")
        if each.default is None:
            lines.append(f"{each.name}=")
        else:
            lines.append(f"#{each.name}={each.default}")
        lines.append("")
    return "\n".join(lines)


def variable_name(each: "Field[Any]", prefix: str) -> str:
    """Return the variable of a field: `code_lifetime` ↔ `IDENTITY_CODE_LIFETIME`."""
    return each.metadata.get("variable") or f"{prefix}_{each.name.upper()}"


def _text(environment: Mapping[str, str], name: str) -> str | None:
    if (text := environment.get(name)) is not None:
        return text.strip()
    if (path := environment.get(f"{name}_FILE")) is not None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise ValueError(f"names a file that cannot be read ({fault.strerror})") from fault
    return None


def _parse(text: str, kind: Any, each: "Field[Any]") -> Any:
    if each.metadata["is_key_ring"]:
        return _key_ring(text)
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise ValueError("must be 1 or 0")
        return text.lower() in {"1", "true", "yes"}
    if kind is int:
        return _whole_number(text)
    if kind is timedelta:
        return timedelta(seconds=_whole_number(text))
    if kind == Networks:
        try:
            return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
        except ValueError:
            raise ValueError("must be a comma-separated list of networks such as 10.0.0.0/8") from None
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("must be a whole number, zero or more")
    return int(text)


def _key_ring(text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys:
        raise ValueError("holds no key")
    for key in keys:
        if key.lower() in SAMPLE_SECRETS or len(key) < SHORTEST_KEY or len(set(key)) < 8:
            raise ValueError(f"holds a key that is a sample, shorter than {SHORTEST_KEY} characters or too regular")
    return keys


def _print(default: Any) -> str:
    if isinstance(default, bool):
        return "1" if default else "0"
    if isinstance(default, timedelta):
        return str(int(default.total_seconds()))
    if isinstance(default, tuple):
        return ",".join(str(part) for part in default)
    return str(default)
