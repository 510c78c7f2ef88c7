"""The settings of identity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from services.identity.rules import help_links, old_accounts, passwords, providers
from shared import env
from shared.env import Networks, SettingsError, setting

PREFIX = "IDENTITY"

# NIST SP 800-63A-4: a code sent by e-mail lives for a day at most. Below ten minutes slow mail makes it useless (ID-12).
LONGEST_CODE_LIFETIME = timedelta(hours=24)
SHORTEST_CODE_LIFETIME = timedelta(minutes=10)
# A token is not asked for its client's secret: what leaks of it must not open anything tomorrow (RFC 9700 §2.2).
LONGEST_TOKEN_LIFETIME = timedelta(hours=24)
# A policy whose maximum is below this refuses good passwords (ASVS 6.2.9).
SHORTEST_GOOD_MAXIMUM = 64


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that identity reads from its environment."""

    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", default=8101)
    workers: int = setting("Server processes.", default=1)
    # A sign-in holds its thread while it waits for its hash, and no connection: with as few threads as connections, twenty
    # people signing in at once would leave everybody else without an answer.
    threads: int = setting("Threads of each process: more than people who sign in at once.", default=32)
    database_connections: int = setting(
        "Database connections of each process; a request waits for a free one.", default=8
    )
    database_url: str = setting("Database: sqlite:///… or postgresql+psycopg://…", is_secret=True)
    broker_url: str = setting("Event log: embedded:///… or kafka://…", is_secret=True)
    public_url: str = setting("Where people reach the portal; decides the cookies' names.", variable="PUBLIC_URL")
    logs_as_json: bool = setting("1: logs as JSON lines; 0: aligned text.", default=True)

    passport_keys: tuple[str, ...] = setting("Keys that the gateway signs passports for us with.", is_key_ring=True)
    code_keys: tuple[str, ...] = setting("Keys of the digests that codes are kept as.", is_key_ring=True)
    ticket_keys: tuple[str, ...] = setting("Keys that sign the proof of a verified code.", is_key_ring=True)
    pepper_keys: tuple[str, ...] = setting("Keys mixed into passwords before they are hashed.", is_key_ring=True)
    digest_keys: tuple[str, ...] = setting("Keys of the digests that limits are counted under.", is_key_ring=True)
    session_keys: tuple[str, ...] = setting("Keys that sign the cookie of a known device.", is_key_ring=True)
    client_keys: tuple[str, ...] = setting(
        "Keys of the digests that the secrets of schools' systems are kept as.", is_key_ring=True
    )
    seal_keys: tuple[str, ...] = setting("Keys that seal waiting letters and kept answers.", is_key_ring=True)

    smtp_url: str = setting("Mail server: smtp://, smtp+starttls:// or smtps://…", is_secret=True)
    mail_sender: str = setting("Address that letters come from.", default="ne-pas-repondre@portail.example")
    portal_name: str = setting("Name of the portal, as letters show it.", default="Portail parents")

    resend_interval: timedelta = setting(
        "Seconds in which a repeated request for a code sends nothing; 0 allowed.", default=timedelta(seconds=60)
    )
    code_lifetime: timedelta = setting("Seconds that a code lives, at most 86400.", default=timedelta(hours=2))
    reset_code_lifetime: timedelta = setting(
        "The same for a forgotten password; IDENTITY_CODE_LIFETIME when only that one is set.",
        default=timedelta(hours=1),
    )
    ticket_lifetime: timedelta = setting(
        "Seconds in which a verified code must be followed by the password.", default=timedelta(minutes=15)
    )
    code_attempts: int = setting("Wrong codes that one challenge takes.", default=5)
    refused_local_part: str = setting("Characters refused before the @; empty refuses none.", default="_+")

    mailbox_quarter_limit: int = setting("Letters with a code to one mailbox in 15 minutes.", default=5)
    mailbox_day_limit: int = setting("Letters with a code to one mailbox in 24 hours.", default=10)
    mailbox_wrong_limit: int = setting("Wrong codes for one e-mail in 24 hours, over all challenges.", default=20)
    address_minute_limit: int = setting("Requests for a code from one address in a minute.", default=5)
    address_day_limit: int = setting("Requests for a code from one address in 24 hours.", default=100)
    address_wrong_limit: int = setting("Wrong codes from one /24 or /56 in 24 hours.", default=100)
    address_sign_in_limit: int = setting("Failed sign-ins from one /24 or /56 in 24 hours.", default=100)
    wide_networks: Networks = setting("Networks that many people share, which have the wide limits.", default=())
    wide_minute_limit: int = setting("Requests for a code from an address of theirs in a minute.", default=600)
    wide_day_limit: int = setting("Requests for a code from an address of theirs in 24 hours.", default=20_000)
    wide_wrong_limit: int = setting("Wrong codes from a range of theirs in 24 hours.", default=1000)
    wide_sign_in_limit: int = setting("Failed sign-ins from a range of theirs in 24 hours.", default=1000)

    address_social_limit: int = setting("Ways to other providers begun at one address in a minute.", default=20)
    wide_social_limit: int = setting(
        "Ways to other providers begun at an address of the wide networks in a minute.", default=1000
    )

    password_policy: str = setting("mozaik-2021, mozaik-2017 or nist.", default="mozaik-2021")
    password_places: int = setting("Passwords hashed at once by each process; 0: its share of the cores.", default=0)
    password_wait: timedelta = setting(
        "Seconds to wait for such a place before answering 503.", default=timedelta(seconds=3)
    )
    free_failures: int = setting("Consecutive wrong passwords before an account waits.", default=5)
    first_wait: timedelta = setting("Seconds of the first wait; it doubles each time.", default=timedelta(seconds=30))
    longest_wait: timedelta = setting("Seconds of the longest wait.", default=timedelta(minutes=15))
    account_sign_in_limit: int = setting("Failed sign-ins to one account in 24 hours.", default=50)

    session_idle: timedelta = setting("Seconds without use after which a session ends.", default=timedelta(minutes=30))
    session_lifetime: timedelta = setting(
        "Seconds after which a session ends in any case.", default=timedelta(hours=12)
    )
    session_limit: int = setting("Sessions of one account; one more ends the oldest.", default=20)
    device_lifetime: timedelta = setting("Seconds for which a device stays known.", default=timedelta(days=180))

    social_providers: str = setting(
        "Who else may sign people in, as TOML (see below); best given as a file.", default="", is_secret=True
    )
    social_visit_lifetime: timedelta = setting(
        "Seconds in which somebody must come back from another provider.", default=timedelta(minutes=10)
    )

    school_token_lifetime: timedelta = setting(
        "Seconds that a token of a school's system lives, at most 86400.", default=timedelta(hours=1)
    )
    school_token_limit: int = setting("Live tokens of one client; one more ends the oldest.", default=50)
    school_secret_lifetime: timedelta = setting(
        "Seconds after which a client's secret has to be replaced.", default=timedelta(days=365)
    )
    client_wrong_limit: int = setting("Wrong secrets of one client in 15 minutes.", default=20)
    address_client_limit: int = setting("Wrong secrets from one /24 or /56 in 15 minutes.", default=100)

    sign_in_help_url: str = setting(
        "Where « Aide à la connexion » leads: https://…, or mailto:…; empty shows no such link.", default=""
    )
    help_url: str = setting("Where « Besoin d’aide ? » leads, likewise.", default="")

    recreate_before: str = setting(
        "Accounts made before this day are to be created again, with the same e-mail.", default="2017-02-01"
    )
    confirm_before: str = setting(
        "Accounts made before this day have their children confirmed again.", default="2017-09-06"
    )

    reauthentication_lifetime: timedelta = setting(
        "Seconds after proving who one is in which one may change what guards the account.",
        default=timedelta(minutes=5),
    )
    email_undo_lifetime: timedelta = setting(
        "Seconds in which the former mailbox of an account can take the change of e-mail back.",
        default=timedelta(days=7),
    )
    activity_kept: timedelta = setting(
        "Seconds for which what happened to an account is kept.", default=timedelta(days=180)
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings.

        Raises:
            SettingsError: variables are missing, unreadable or unacceptable.
        """
        environment = env.environment("identity") if environment is None else environment
        settings = env.load(cls, environment, prefix=PREFIX)
        if f"{PREFIX}_CODE_LIFETIME" in environment and f"{PREFIX}_RESET_CODE_LIFETIME" not in environment:
            settings = replace(settings, reset_code_lifetime=settings.code_lifetime)
        if mistakes := settings.mistakes():
            raise SettingsError(mistakes)
        return settings

    def mistakes(self) -> list[str]:
        """Return what does not make sense, each named by its variable."""
        found = []
        for name in ("code_lifetime", "reset_code_lifetime"):
            if not timedelta() < getattr(self, name) <= LONGEST_CODE_LIFETIME:
                found.append(f"{PREFIX}_{name.upper()} must be from 1 to 86400 seconds")
        if self.password_policy not in passwords.POLICIES:
            found.append(f"{PREFIX}_PASSWORD_POLICY must be one of {', '.join(passwords.POLICIES)}")
        found += self._unreadable()
        if not timedelta() < self.school_token_lifetime <= LONGEST_TOKEN_LIFETIME:
            found.append(f"{PREFIX}_SCHOOL_TOKEN_LIFETIME must be from 1 to 86400 seconds")
        if not timedelta() < self.school_secret_lifetime:
            found.append(f"{PREFIX}_SCHOOL_SECRET_LIFETIME must be at least 1 second")
        if not 10 <= self.mailbox_wrong_limit <= 100:
            found.append(f"{PREFIX}_MAILBOX_WRONG_LIMIT must be from 10 to 100")
        least_one = (
            *("workers", "threads", "database_connections", "code_attempts", "free_failures", "session_limit"),
            "school_token_limit",
        )
        found += [f"{PREFIX}_{name.upper()} must be at least 1" for name in least_one if getattr(self, name) < 1]
        rings = (
            *("code_keys", "ticket_keys", "pepper_keys", "digest_keys", "session_keys", "client_keys", "seal_keys"),
            "passport_keys",
        )
        holders: dict[str, str] = {}
        for ring in rings:
            for key in getattr(self, ring):
                if holders.setdefault(key, ring) != ring:
                    # KEY-3: what leaks from one use must not open another.
                    found.append(f"{PREFIX}_{ring.upper()} shares a key with {PREFIX}_{holders[key].upper()}")
        return found

    def _unreadable(self) -> list[str]:
        found = []
        for name in ("recreate_before", "confirm_before"):
            try:
                old_accounts.read_day(getattr(self, name))
            except ValueError:
                found.append(f"{PREFIX}_{name.upper()} must be a day such as 2017-02-01")
        try:
            providers.read(self.social_providers)
        except ValueError as mistake:
            found.append(f"{PREFIX}_SOCIAL_PROVIDERS {mistake}")
        for name in ("sign_in_help_url", "help_url"):
            if not help_links.is_link(getattr(self, name)):
                found.append(f"{PREFIX}_{name.upper()} must be https://…, http://… or mailto:…")
        return found

    def deviations(self) -> dict[str, str]:
        """Return the settings that are allowed and that the operator should know to be weaker than recommended."""
        found = {}
        policy = passwords.POLICIES[self.password_policy]
        if policy.max_length < SHORTEST_GOOD_MAXIMUM:
            found[f"{PREFIX}_PASSWORD_POLICY"] = (
                f"{policy.name} refuses passwords longer than {policy.max_length} characters"
            )
        for name in ("code_lifetime", "reset_code_lifetime"):
            if getattr(self, name) < SHORTEST_CODE_LIFETIME:
                found[f"{PREFIX}_{name.upper()}"] = "codes may expire before slow mail arrives"
        return found
