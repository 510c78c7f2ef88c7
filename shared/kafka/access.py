"""Who may read which topics of a Kafka cluster: ACLs and SCRAM passwords of the subscribers' principals.

Rights are Read and Describe on literal topics, and Read on groups of the principal's own prefix. Kafka denies whatever
nobody allows, so that is all of it: no writing, no listing of what was not granted, no other group's offsets.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from kafka import KafkaAdminClient, errors
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from shared.access import AccessRefused
from shared.kafka import address
from shared.kafka.clients import Clients
from shared.kafka.faults import telling_unavailable

_MECHANISM: Final = "SCRAM-SHA-512"
_ANYWHERE: Final = "*"
_REFUSALS: Final = (errors.AuthorizationError, errors.UnsupportedVersionError)

Answer = TypeVar("Answer")


class KafkaAccess:
    """The rights of a cluster, administered with the credentials of its address."""

    def __init__(self, url: str) -> None:
        self._address = address.parse(url)
        self._authority = dict(parse_qsl(url.partition("?")[2].replace("+", "%2B"))).get("ca")
        self._clients = Clients(self._address)
        self._client: KafkaAdminClient | None = None
        self._is_enforced: bool | None = None

    @property
    def is_enforced(self) -> bool:
        """Tell whether the cluster has an authorizer; see `shared.access.Access`."""
        if self._is_enforced is None:
            self._is_enforced = self._ask(_has_authorizer)
        return self._is_enforced

    def grant(self, *, principal: str, topics: Collection[str], group_prefix: str) -> None:
        """Give a principal exactly these rights; see `shared.access.Access`."""
        if not self.is_enforced:
            return
        wanted = {
            *(_may(principal, operation, ResourceType.TOPIC, topic) for topic in topics for operation in _READING),
            _may(principal, ACLOperation.READ, ResourceType.GROUP, group_prefix, ACLResourcePatternType.PREFIXED),
        }
        held = self._ask(lambda client: set(client.describe_acls(_everything_of(principal))[0]))
        if missing := list(wanted - held):
            self._ask(lambda client: _insist(client.create_acls(missing)["failed"]))
        if too_many := [_exactly(each) for each in held - wanted]:
            self._ask(lambda client: _insist([fault for *_, fault in client.delete_acls(too_many)]))

    def renew_password(self, *, principal: str) -> str | None:
        """Replace a principal's password; see `shared.access.Access`."""
        if not self.is_enforced:
            return None
        password = secrets.token_urlsafe(32)
        self._alter(UserScramCredentialUpsertion(principal, _MECHANISM, password))
        return password

    def revoke(self, *, principal: str) -> None:
        """Take everything from a principal; see `shared.access.Access`."""
        if not self.is_enforced:
            return
        # The rights first: without them an open connection reads nothing either.
        everything = [_everything_of(principal)]
        self._ask(lambda client: _insist([fault for *_, fault in client.delete_acls(everything)]))
        held = self._ask(lambda client: client.describe_user_scram_credentials([principal]))
        for info in held[principal]["credential_infos"]:
            self._alter(UserScramCredentialDeletion(principal, info["mechanism"]))

    def connection(self, *, principal: str, password: str | None, servers: str | None) -> Mapping[str, Any]:
        """Return the arguments of a KafkaConsumer; `ssl_cafile` names our own copy of the authority."""
        ours = self._address.settings()
        layer = "SSL" if self._address.encryption else "PLAINTEXT"
        facts: dict[str, Any] = {
            "bootstrap_servers": servers.split(",") if servers else ours["bootstrap_servers"],
            "security_protocol": layer if password is None else f"SASL_{layer}",
        }
        if self._authority is not None:
            facts["ssl_cafile"] = self._authority
        if password is not None:
            facts |= {
                "sasl_mechanism": _MECHANISM,
                "sasl_plain_username": principal,
                "sasl_plain_password": password,
            }
        return facts

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _alter(self, alteration: UserScramCredentialUpsertion | UserScramCredentialDeletion) -> None:
        answer = self._ask(lambda client: client.alter_user_scram_credentials([alteration]))
        if answer.get(alteration.user, "") is not None:
            raise AccessRefused("the cluster does not let us change passwords")

    def _ask(self, question: Callable[[KafkaAdminClient], Answer]) -> Answer:
        refusal = None
        with telling_unavailable():
            if self._client is None:
                self._client = self._clients.admin()
            try:
                return question(self._client)
            except _REFUSALS as fault:
                refusal = fault
        raise AccessRefused(f"the cluster does not let us administer rights ({type(refusal).__name__})")


_READING: Final = (ACLOperation.READ, ACLOperation.DESCRIBE)


def _may(
    principal: str,
    operation: ACLOperation,
    kind: ResourceType,
    name: str,
    pattern: ACLResourcePatternType = ACLResourcePatternType.LITERAL,
) -> ACL:
    return ACL(
        principal=f"User:{principal}",
        host=_ANYWHERE,
        operation=operation,
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(kind, name, pattern),
    )


def _everything_of(principal: str) -> ACLFilter:
    return ACLFilter(
        principal=f"User:{principal}",
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )


def _exactly(held: ACL) -> ACLFilter:
    pattern = held.resource_pattern
    return ACLFilter(
        principal=held.principal,
        host=held.host,
        operation=held.operation,
        permission_type=held.permission_type,
        resource_pattern=ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type),
    )


def _has_authorizer(client: KafkaAdminClient) -> bool:
    try:
        client.describe_acls(_everything_of("nobody"))
    except errors.SecurityDisabledError:
        return False
    return True


def _insist(faults: Collection[type[errors.KafkaError]]) -> None:
    for fault in faults:
        if fault is not errors.NoError:
            raise fault
