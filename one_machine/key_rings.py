"""The secrets of a one-machine set-up: made once, kept readable by their owner alone."""

import secrets
from pathlib import Path


def load(path: Path, names: list[str]) -> dict[str, str]:
    """Return a secret for each of `names`, making those that `path` does not hold yet."""
    held = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            held[name] = value
    missing = [name for name in names if name not in held]
    if missing:
        held |= {name: secrets.token_urlsafe(48) for name in missing}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in held.items()), encoding="utf-8")
    return {name: held[name] for name in names}
