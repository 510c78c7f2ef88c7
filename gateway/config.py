"""What the gateway reads from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from itertools import combinations
from urllib.parse import urlsplit

from shared import env
from shared.env import Networks, SettingsError, setting

PREFIX = "GATEWAY"
# Our own machine: a load test or a script at the console is not a flood.
LOOPBACK: Networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the gateway runs. Built once, at start."""

    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", default=8080)
    public_url: str = setting(
        "The address that people see; decides the cookies' names, HSTS and which origin is ours.",
        default="http://127.0.0.1:8080",
        variable="PUBLIC_URL",
    )
    identity_url: str = setting("Where identity answers.", default="http://127.0.0.1:8081")
    enrollment_url: str = setting("Where enrollment answers.", default="http://127.0.0.1:8082")
    attendance_url: str = setting("Where attendance answers.", default="http://127.0.0.1:8083")
    records_url: str = setting("Where records answers.", default="http://127.0.0.1:8084")
    portal_url: str = setting(
        "Where the portal answers, whose pages are shown at every address that nobody else has; none: a page of our own at /.",
        default="",
    )
    passport_keys_identity: tuple[str, ...] = setting(
        "Keys that sign passports for identity, newest last; identity holds the same.", is_key_ring=True
    )
    passport_keys_enrollment: tuple[str, ...] = setting(
        "Keys that sign passports for enrollment, newest last; enrollment holds the same.", is_key_ring=True
    )
    passport_keys_attendance: tuple[str, ...] = setting(
        "Keys that sign passports for attendance, newest last; attendance holds the same.", is_key_ring=True
    )
    passport_keys_records: tuple[str, ...] = setting(
        "Keys that sign passports for records, newest last; records holds the same.", is_key_ring=True
    )
    passport_keys_portal: tuple[str, ...] = setting(
        "Keys that sign whose page the portal makes, newest last; the gateways alone hold them. Needed with a portal.",
        default=(),
        is_key_ring=True,
    )
    allowed_origins: tuple[str, ...] = setting(
        "Other origins whose pages may call us (CORS), such as https://portail.example.ca; none by default.", default=()
    )
    trusted_hops: int = setting(
        "How many proxies of ours stand in front and append to X-Forwarded-For; 0: the peer is the client.", default=0
    )
    requests_per_minute: int = setting("Requests a minute from one address (IPv6: one /64); 0: no limit.", default=3000)
    client_requests_per_minute: int = setting(
        "Requests a minute of one school's system, wherever it comes from; 0: no limit.", default=3000
    )
    wide_networks: Networks = setting(
        "Networks whose addresses stand for many people (schools, and this machine): exempt from that limit.",
        default=LOOPBACK,
    )
    allowed_networks: Networks = setting(
        "Networks from which the portal may be reached (10.0.0.0/8,…); none: from all of them.", default=()
    )
    refused_networks: Networks = setting(
        "Networks from which the portal may not be reached; they are told so, with a code.", default=()
    )
    limits_url: str = setting(
        "Where request counts live: memory:// for one gateway, redis://… for several.", default="memory://"
    )
    request_timeout: timedelta = setting(
        "Seconds that a request may take from its first line to its answer.", default=timedelta(seconds=30)
    )
    slow_client_timeout: timedelta = setting(
        "Seconds that a client may take to send its headers, or its body.", default=timedelta(seconds=10)
    )
    upload_timeout: timedelta = setting(
        "Seconds that a large file of a school's system may take to arrive.", default=timedelta(minutes=10)
    )
    concurrent_uploads: int = setting(
        "Large files that may arrive at a time, each on disk until it is passed on; more are told to come back.",
        default=8,
    )
    uploads_each: int = setting("How many of them may be one client's.", default=2)
    people_upload_timeout: timedelta = setting(
        "Seconds that a file of anybody else's (a screenshot, a document to be verified) may take to arrive.",
        default=timedelta(minutes=2),
    )
    concurrent_people_uploads: int = setting(
        "Such files that may arrive at a time; they take no place of the schools'.", default=16
    )
    download_timeout: timedelta = setting(
        "Seconds that whoever asks for a file may take to read it.", default=timedelta(minutes=10)
    )
    concurrent_downloads: int = setting(
        "Files that may be read at a time, each on disk until it is; more are told to come back.", default=256
    )
    downloads_each: int = setting("How many of them may be one person's, or one client's.", default=8)
    concurrent_requests: int = setting(
        "Requests that may wait for one service at a time; more are told to come back.", default=256
    )
    logs_as_json: bool = setting("1: logs as JSON lines; 0: as text for a person's terminal.", default=True)

    @classmethod
    def from_env(cls) -> "Settings":
        """Return the settings of this environment.

        Raises:
            SettingsError: some are missing or unacceptable.
        """
        settings = env.load(cls, env.environment("gateway"), prefix=PREFIX)
        if mistakes := settings.mistakes():
            raise SettingsError(mistakes)
        return settings

    def mistakes(self) -> list[str]:
        """Return what is wrong with settings that are each readable."""
        found = []
        rings = {
            "GATEWAY_PASSPORT_KEYS_IDENTITY": self.passport_keys_identity,
            "GATEWAY_PASSPORT_KEYS_ENROLLMENT": self.passport_keys_enrollment,
            "GATEWAY_PASSPORT_KEYS_ATTENDANCE": self.passport_keys_attendance,
            "GATEWAY_PASSPORT_KEYS_RECORDS": self.passport_keys_records,
            "GATEWAY_PASSPORT_KEYS_PORTAL": self.passport_keys_portal,
        }
        if self.portal_url and not self.passport_keys_portal:
            # Without them every parent would have the portal's address: one limit for all, and one line in every list.
            found.append("GATEWAY_PASSPORT_KEYS_PORTAL is missing: there is a portal")
        for one, other in combinations(rings, 2):
            if set(rings[one]) & set(rings[other]):
                # A key that two services hold would let one of them speak to the other as the gateway (S2S-6).
                found.append(f"{one} and {other} share a key")
        for name, url in (
            ("PUBLIC_URL", self.public_url),
            ("GATEWAY_IDENTITY_URL", self.identity_url),
            ("GATEWAY_ENROLLMENT_URL", self.enrollment_url),
            ("GATEWAY_ATTENDANCE_URL", self.attendance_url),
            ("GATEWAY_RECORDS_URL", self.records_url),
            *((("GATEWAY_PORTAL_URL", self.portal_url),) if self.portal_url else ()),
            *(("GATEWAY_ALLOWED_ORIGINS", origin) for origin in self.allowed_origins),
        ):
            if not _is_origin(url):
                # `*` ends here too: with cookies it would open every account to every page (GWY-6).
                found.append(f"{name} must be scheme, host and port alone, such as https://portail.example.ca")
        if not self.limits_url.startswith(("memory://", "redis://", "rediss://")):
            found.append("GATEWAY_LIMITS_URL must be memory:// or redis://…")
        return found


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and (parts.path, parts.query, parts.fragment, parts.username) in {("", "", "", None), ("/", "", "", None)}
            and "*" not in url
        )
    except ValueError:
        return False
