from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.organisation_out_kind import (
    OrganisationOutKind,
    check_organisation_out_kind,
)
from ..models.organisation_out_network_type_0 import (
    OrganisationOutNetworkType0,
    check_organisation_out_network_type_0,
)

T = TypeVar("T", bound="OrganisationOut")


@_attrs_define
class OrganisationOut:
    """
    Attributes:
        code (str): The ministry's code.
        former_name (None | str): Its name before 2020.
        id (str):
        is_subscribed (bool):
        kind (OrganisationOutKind):
        name (str):
        network (None | OrganisationOutNetworkType0):
    """

    code: str
    former_name: None | str
    id: str
    is_subscribed: bool
    kind: OrganisationOutKind
    name: str
    network: None | OrganisationOutNetworkType0

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        former_name: None | str
        former_name = self.former_name

        id = self.id

        is_subscribed = self.is_subscribed

        kind: str = self.kind

        name = self.name

        network: None | str
        if isinstance(self.network, str):
            network = self.network
        else:
            network = self.network

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "former_name": former_name,
                "id": id,
                "is_subscribed": is_subscribed,
                "kind": kind,
                "name": name,
                "network": network,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        def _parse_former_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        former_name = _parse_former_name(d.pop("former_name"))

        id = d.pop("id")

        is_subscribed = d.pop("is_subscribed")

        kind = check_organisation_out_kind(d.pop("kind"))

        name = d.pop("name")

        def _parse_network(data: object) -> None | OrganisationOutNetworkType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                network_type_0 = check_organisation_out_network_type_0(data)

                return network_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OrganisationOutNetworkType0, data)

        network = _parse_network(d.pop("network"))

        organisation_out = cls(
            code=code,
            former_name=former_name,
            id=id,
            is_subscribed=is_subscribed,
            kind=kind,
            name=name,
            network=network,
        )

        return organisation_out
