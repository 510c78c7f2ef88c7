from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.form_field_out_kind import FormFieldOutKind, check_form_field_out_kind

if TYPE_CHECKING:
    from ..models.form_field_out_shown_when_type_0 import FormFieldOutShownWhenType0


T = TypeVar("T", bound="FormFieldOut")


@_attrs_define
class FormFieldOut:
    """
    Attributes:
        choices (None | str): The list to choose from, a page at a time.
        default (Any): `yes_no`: false; `account_email`: the account’s own.
        help_ (str):
        kind (FormFieldOutKind):
        label (str):
        name (str): The member of `POST /claims`; `has_pin`, `is_private`, `email`: none.
        shown_when (FormFieldOutShownWhenType0 | None): The answers to other fields with which it is asked; null:
            always.
    """

    choices: None | str
    default: Any
    help_: str
    kind: FormFieldOutKind
    label: str
    name: str
    shown_when: FormFieldOutShownWhenType0 | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.form_field_out_shown_when_type_0 import FormFieldOutShownWhenType0  # noqa: PLC0415

        choices: None | str
        choices = self.choices

        default = self.default

        help_ = self.help_

        kind: str = self.kind

        label = self.label

        name = self.name

        shown_when: dict[str, Any] | None
        if isinstance(self.shown_when, FormFieldOutShownWhenType0):
            shown_when = self.shown_when.to_dict()
        else:
            shown_when = self.shown_when

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "choices": choices,
                "default": default,
                "help": help_,
                "kind": kind,
                "label": label,
                "name": name,
                "shown_when": shown_when,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.form_field_out_shown_when_type_0 import FormFieldOutShownWhenType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_choices(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        choices = _parse_choices(d.pop("choices"))

        default = d.pop("default")

        help_ = d.pop("help")

        kind = check_form_field_out_kind(d.pop("kind"))

        label = d.pop("label")

        name = d.pop("name")

        def _parse_shown_when(data: object) -> FormFieldOutShownWhenType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                shown_when_type_0 = FormFieldOutShownWhenType0.from_dict(data)

                return shown_when_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FormFieldOutShownWhenType0 | None, data)

        shown_when = _parse_shown_when(d.pop("shown_when"))

        form_field_out = cls(
            choices=choices,
            default=default,
            help_=help_,
            kind=kind,
            label=label,
            name=name,
            shown_when=shown_when,
        )

        return form_field_out
