"""The parts of a one-machine set-up: which processes there are and what each is told."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from one_machine import key_rings, places
from one_machine.config import Settings

ROOT = Path(__file__).parent.parent
# On one machine everybody comes from loopback: an address says nothing about who asks.
WIDE = "127.0.0.0/8,::1/128"
PORTAL = "portal"
SERVICES = ("identity", "enrollment", "attendance", "records")
# What a service runs beside its server, its relay and its sweep.
WORKERS = {
    "identity": ("notify", "consume"),
    "enrollment": ("notify", "consume", "judge-claims", "export"),
    "attendance": ("consume", "export"),
    "records": ("notify", "consume", "export"),
}


@dataclass(frozen=True)
class Part:
    """One process: its command, its own environment, and how to tell that it is ready."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    ready_file: Path | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that `make run` starts, and the addresses that people and scripts need."""

    folder: Path
    parts: list[Part]
    environments: dict[str, dict[str, str]]
    public_url: str
    mail_url: str | None
    smtp_url: str

    @property
    def broker_urls(self) -> set[str]:
        """Where the services' event logs are: one for all, unless the operator says otherwise."""
        return {self.environments[name][f"{name.upper()}_BROKER_URL"] for name in SERVICES}


def draw(settings: Settings, given: dict[str, str]) -> Plan:
    """Return the plan for `settings`; `given` is the operator's environment, which wins.

    Raises:
        CannotStart: the gateway's port is taken.
    """
    places.require_port(settings.host, settings.port)
    folder = settings.folder
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    shown = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    public_url = given.get("PUBLIC_URL") or f"http://{shown}:{settings.port}"
    ports = {name: places.free_port() for name in SERVICES}
    mail_port = None if settings.smtp_url else places.nearby_port("127.0.0.1", settings.port)
    smtp_url = settings.smtp_url or f"smtp://127.0.0.1:{places.free_port()}"
    ports[PORTAL] = places.free_port()
    environments = _environments(settings, folder, ports, public_url, smtp_url)
    for part, variables in environments.items():
        environments[part] = {name: given.get(name, value) for name, value in variables.items()}
    parts = _parts(settings, ports=ports, environments=environments, smtp_url=smtp_url, mail_port=mail_port)
    mail_url = None if mail_port is None else f"http://127.0.0.1:{mail_port}/mail"
    return Plan(folder, parts, environments, public_url, mail_url, smtp_url)


def _environments(
    settings: Settings, folder: Path, ports: dict[str, int], public_url: str, smtp_url: str
) -> dict[str, dict[str, str]]:
    secret_names = {
        "identity": [
            *("CODE_KEYS", "PEPPER_KEYS", "SEAL_KEYS", "DIGEST_KEYS", "TICKET_KEYS", "SESSION_KEYS"),
            "CLIENT_KEYS",
        ],
        "enrollment": ["DIGEST_KEYS", "SEAL_KEYS", "PSEUDONYM_KEYS"],
        "attendance": ["SEAL_KEYS"],
        "records": ["SEAL_KEYS", "SIGNING_KEYS"],
    }
    wanted = [f"{name.upper()}_{key}" for name, keys in secret_names.items() for key in keys]
    wanted += [f"{name.upper()}_PASSPORT_KEYS" for name in SERVICES]
    wanted += ["PORTAL_COOKIE_KEYS", "GATEWAY_PASSPORT_KEYS_PORTAL"]
    held = key_rings.load(folder / "secrets" / "keys.env", wanted)
    environments: dict[str, dict[str, str]] = {}
    for name in SERVICES:
        prefix = name.upper()
        environments[name] = {
            f"{prefix}_HOST": "127.0.0.1",
            f"{prefix}_PORT": str(ports[name]),
            f"{prefix}_DATABASE_URL": f"sqlite:///{folder / 'databases' / name}.db",
            f"{prefix}_BROKER_URL": settings.broker_url or f"embedded://{folder / 'events' / 'log.db'}",
            f"{prefix}_SMTP_URL": smtp_url,
            f"{prefix}_LOGS_AS_JSON": "0",
            f"{prefix}_WIDE_NETWORKS": WIDE,
            "PUBLIC_URL": public_url,
            **{variable: value for variable, value in held.items() if variable.startswith(f"{prefix}_")},
        }
    # A subscriber knows a child by one pseudonym, whichever service tells of it.
    for name in ("attendance", "records"):
        environments[name][f"{name.upper()}_PSEUDONYM_KEYS"] = held["ENROLLMENT_PSEUDONYM_KEYS"]
    environments["records"]["RECORDS_DOCUMENTS_URL"] = (folder / "documents").absolute().as_uri()
    environments["gateway"] = {
        "GATEWAY_HOST": settings.host,
        "GATEWAY_PORT": str(settings.port),
        "GATEWAY_LOGS_AS_JSON": "0",
        "GATEWAY_WIDE_NETWORKS": WIDE,
        "PUBLIC_URL": public_url,
        **{f"GATEWAY_{name.upper()}_URL": f"http://127.0.0.1:{ports[name]}" for name in (*SERVICES, PORTAL)},
        **{f"GATEWAY_PASSPORT_KEYS_{name.upper()}": held[f"{name.upper()}_PASSPORT_KEYS"] for name in SERVICES},
        "GATEWAY_PASSPORT_KEYS_PORTAL": held["GATEWAY_PASSPORT_KEYS_PORTAL"],
    }
    environments[PORTAL] = {
        "PORTAL_HOST": "127.0.0.1",
        "PORTAL_PORT": str(ports[PORTAL]),
        "PORTAL_API_URL": own_url(settings),
        "PORTAL_COOKIE_KEYS": held["PORTAL_COOKIE_KEYS"],
        "PORTAL_LOGS_AS_JSON": "0",
        "PUBLIC_URL": public_url,
    }
    return environments


def own_url(settings: Settings) -> str:
    """Return where this machine itself reaches the gateway."""
    return f"http://{_own_address(settings)}:{settings.port}"


def _own_address(settings: Settings) -> str:
    address = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared
    return f"[{address}]" if ":" in address else address


def _parts(
    settings: Settings,
    *,
    ports: dict[str, int],
    environments: dict[str, dict[str, str]],
    smtp_url: str,
    mail_port: int | None,
) -> list[Part]:
    folder = settings.folder
    parts = []
    if mail_port is not None:
        smtp_port = smtp_url.rsplit(":", 1)[-1]
        catcher = [sys.executable, "-m", "one_machine.mail_catcher", "--smtp-port", smtp_port]
        catcher += ["--http-port", str(mail_port), "--folder", str(folder / "mail")]
        parts.append(Part("mail-catcher", catcher, ready_url=f"http://127.0.0.1:{mail_port}/mail.json"))
    for name in SERVICES:
        serve = [sys.executable, "-m", f"services.{name}", "serve"]
        parts.append(
            Part(f"{name}-serve", serve, environments[name], ready_url=f"http://127.0.0.1:{ports[name]}/readyz")
        )
        for worker in ("relay", "sweep --every 600", *WORKERS[name]):
            parts.append(_worker(folder, name, worker, environments[name]))
    portal = [sys.executable, "-m", "portal", "serve"]
    parts.append(Part("portal", portal, environments[PORTAL], ready_url=f"http://127.0.0.1:{ports[PORTAL]}/readyz"))
    gateway = [sys.executable, "-m", "gateway", "serve"]
    ready = f"{own_url(settings)}/readyz"
    parts.append(Part("gateway", gateway, environments["gateway"], ready_url=ready))
    return parts


def _worker(folder: Path, service: str, command: str, environment: dict[str, str]) -> Part:
    name = f"{service}-{command.split(maxsplit=1)[0]}"
    ready = folder / "run" / f"{name}.ready"
    line = [sys.executable, "-m", f"services.{service}", "--ready-file", str(ready), *command.split()]
    return Part(name, line, environment, ready_file=ready)
