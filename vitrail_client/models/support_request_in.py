from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from .. import types
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="SupportRequestIn")


@_attrs_define
class SupportRequestIn:
    """
    Attributes:
        browser (str): The browser used. Example: Firefox 142.
        child_name (str): As the parent writes it. Example: Léa Tremblay.
        email (str): Where the parent is answered. Example: parent@exemple.ca.
        error_message (str): What the screen says. Example: Oups. Accès refusé.
        section (str): The part of the portal where it happens. Example: Bulletins.
        child_id (str | Unset): Whose school is to answer. Without it, the school that all children of the account have.
            Default: ''.
        screenshot (File | None | Unset): PNG, JPEG or WebP, told by its content; 5 MiB at most.
    """

    browser: str
    child_name: str
    email: str
    error_message: str
    section: str
    child_id: str | Unset = ""
    screenshot: File | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        browser = self.browser

        child_name = self.child_name

        email = self.email

        error_message = self.error_message

        section = self.section

        child_id = self.child_id

        screenshot: FileTypes | None | Unset
        if isinstance(self.screenshot, Unset):
            screenshot = UNSET
        elif isinstance(self.screenshot, File):
            screenshot = self.screenshot.to_tuple()

        else:
            screenshot = self.screenshot

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "browser": browser,
                "child_name": child_name,
                "email": email,
                "error_message": error_message,
                "section": section,
            }
        )
        if child_id is not UNSET:
            field_dict["child_id"] = child_id
        if screenshot is not UNSET:
            field_dict["screenshot"] = screenshot

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("browser", (None, str(self.browser).encode(), "text/plain")))

        files.append(("child_name", (None, str(self.child_name).encode(), "text/plain")))

        files.append(("email", (None, str(self.email).encode(), "text/plain")))

        files.append(("error_message", (None, str(self.error_message).encode(), "text/plain")))

        files.append(("section", (None, str(self.section).encode(), "text/plain")))

        if not isinstance(self.child_id, Unset):
            files.append(("child_id", (None, str(self.child_id).encode(), "text/plain")))

        if not isinstance(self.screenshot, Unset):
            if isinstance(self.screenshot, File):
                files.append(("screenshot", self.screenshot.to_tuple()))
            else:
                files.append(("screenshot", (None, str(self.screenshot).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        browser = d.pop("browser")

        child_name = d.pop("child_name")

        email = d.pop("email")

        error_message = d.pop("error_message")

        section = d.pop("section")

        child_id = d.pop("child_id", UNSET)

        def _parse_screenshot(data: object) -> File | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, bytes):
                    raise TypeError()
                screenshot_type_0 = File(payload=BytesIO(data))

                return screenshot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(File | None | Unset, data)

        screenshot = _parse_screenshot(d.pop("screenshot", UNSET))

        support_request_in = cls(
            browser=browser,
            child_name=child_name,
            email=email,
            error_message=error_message,
            section=section,
            child_id=child_id,
            screenshot=screenshot,
        )

        return support_request_in
