"""What an operation is given: settings, the doors to the outside, and the tools made of the keys."""

import os
from dataclasses import dataclass
from pathlib import Path

from services.identity.config import Settings
from services.identity.providers import Providers
from services.identity.rules.passwords import POLICIES, PasswordHashes, Policy
from services.identity.rules.providers import read as read_providers
from services.identity.rules.tickets import DeviceTokens, Tickets
from shared.clock import Clock, SystemClock
from shared.database import Database
from shared.digests import Digester, Seal
from shared.texts import Texts

FOLDER = Path(__file__).parent
# Fixed: what a request calls its host decides nothing (OID-8). Each provider has it registered.
CALLBACK = "/api/v1/social/{provider}/callback"


@dataclass(frozen=True, kw_only=True)
class Context:
    """Settings, doors and tools; made once a process."""

    settings: Settings
    db: Database
    clock: Clock
    code_digests: Digester
    limit_digests: Digester
    client_digests: Digester
    tickets: Tickets
    devices: DeviceTokens
    passwords: PasswordHashes
    policy: Policy
    password_texts: Texts
    notice_texts: Texts
    seal: Seal
    providers: Providers


def open_context(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    passwords: PasswordHashes | None = None,
    providers: Providers | None = None,
) -> Context:
    """Open the doors that `settings` name; those given are used instead."""
    clock = clock or SystemClock()
    return Context(
        settings=settings,
        db=database or Database(settings.database_url, pool_size=settings.database_connections),
        clock=clock,
        code_digests=Digester(settings.code_keys),
        limit_digests=Digester(settings.digest_keys),
        client_digests=Digester(settings.client_keys),
        tickets=Tickets(settings.ticket_keys),
        devices=DeviceTokens(settings.session_keys, lifetime=settings.device_lifetime),
        passwords=passwords
        or PasswordHashes(
            Digester(settings.pepper_keys),
            places=settings.password_places or _share_of_cores(settings.workers),
            longest_wait=settings.password_wait,
        ),
        policy=POLICIES[settings.password_policy],
        password_texts=Texts(FOLDER / "texts" / "passwords"),
        notice_texts=Texts(FOLDER / "texts" / "notices"),
        seal=Seal(settings.seal_keys),
        providers=providers
        or Providers(
            read_providers(settings.social_providers),
            callback_url=f"{settings.public_url.rstrip('/')}{CALLBACK}",
            clock=clock,
        ),
    )


def _share_of_cores(workers: int) -> int:
    return max((os.cpu_count() or 1) // workers, 1)
