"""Settings out of the environment: typed, frozen, and every mistake told at once.

A service declares its settings as one frozen dataclass with `setting(…)` fields; `load` builds it. Any variable may be a
file of its name in `/run/secrets/app` instead (`/run/secrets/app/IDENTITY_CODE_KEYS`), which is how secrets are mounted:
the environment of a process is shown by tools and inherited by whatever it starts.
"""

import ipaddress
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from shared import encryption

T = TypeVar("T")
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

# Known from documentation and examples: a deployment that kept one of them has no secret at all (KEY-3).
SAMPLE_SECRETS = frozenset({"change-me", "changeme", "secret", "password", "example"})
SHORTEST_KEY = 32
SECRETS: Final = Path("/run/secrets/app")
# Kubernetes keeps a link `..data` beside the files of a mounted Secret.
_NAME_OF_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


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
    """Return this process's environment and mounted secrets, over the file that `make run` leaves for commands beside it.

    Secrets are the files of the folder `$VITRAIL_SECRETS` (`/run/secrets/app` by default), one a variable and named like
    it. The file of `make run` is `$VITRAIL_HOME/environment/<part>.env` (`var/…` by default): with it, an operator's
    command finds the running set-up's database and keys; in production there is none.

    Raises:
        SettingsError: a secret or the folder cannot be read, or a secret may be read by everybody or is also given as a
            variable; all are named.
    """
    given = dict(os.environ)
    secrets = _secrets(Path(given.get("VITRAIL_SECRETS", SECRETS)), given)
    path = Path(given.get("VITRAIL_HOME", "var")) / "environment" / f"{part}.env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: value for name, _, value in (line.partition("=") for line in lines)} | secrets | given


def _secrets(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    mistakes: list[str] = []
    for name, file in _secret_files(folder):
        try:
            if file.stat().st_mode & stat.S_IRWXO:
                # KEY-3: whoever else runs on the machine would have it.
                mistakes.append(f"{name} is a file that everybody may use; its mode must end in 0, such as 0440")
            elif name in given:
                mistakes.append(f"{name} is given twice, as a variable and as a file in {folder}")
            else:
                found[name] = file.read_text(encoding="utf-8")
        except OSError as fault:
            mistakes.append(f"{name} is a file that cannot be read ({fault.strerror})")
        except UnicodeDecodeError:
            mistakes.append(f"{name} is a file that is not text in UTF-8")
    if mistakes:
        raise SettingsError(mistakes)
    return found


def _secret_files(folder: Path) -> Iterator[tuple[str, Path]]:
    try:
        files = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as fault:
        # A folder that another user mounted, or a file where one belongs: to go on without would call every secret missing.
        raise SettingsError([f"the folder of secrets, {folder}, cannot be read ({fault.strerror})"]) from fault
    for file in files:
        if _NAME_OF_VARIABLE.fullmatch(file.name):
            yield file.name, file


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
        is_needed = each.default is MISSING and each.default_factory is MISSING
        text = environment.get(name, "").strip()
        try:
            if is_needed and not text:
                # An empty file is what a secret becomes whose source was not there.
                mistakes.append(f"{name} is missing: {each.metadata['help']}")
            elif name in environment:
                values[each.name] = _parse(text, hints[each.name], each)
                if hints[each.name] is str and (words := encryption.missing_words(text, environment)) is not None:
                    # ASVS 12.3.2: without these whoever answers at that address is believed, and everybody between may read.
                    mistakes.append(f"{name} leads to another machine and must say {words}")
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
