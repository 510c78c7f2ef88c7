from typing import Any

import pytest

from gateway import operation_names

LIST: dict[str, Any] = {"responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}}}
LINES: dict[str, Any] = {"requestBody": {"content": {"application/x-ndjson": {}}}}
ONE: dict[str, Any] = {"responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}}


@pytest.mark.parametrize(
    ("method", "path", "operation", "name"),
    [
        ("get", "/api/v1/children", LIST, "list_children"),
        ("get", "/api/v1/children/{child_id}", ONE, "get_child"),
        ("get", "/api/v1/children/{child_id}/report-cards", ONE, "get_child_report_cards"),
        (
            "get",
            "/api/v1/children/{child_id}/report-cards/{report_card_id}/document",
            ONE,
            "get_child_report_card_document",
        ),
        ("post", "/api/v1/account/identities", ONE, "create_account_identity"),
        ("post", "/api/v1/claims", ONE, "create_claim"),
        ("put", "/api/v1/account/password", ONE, "replace_account_password"),
        ("patch", "/api/v1/account", ONE, "change_account"),
        ("delete", "/api/v1/sessions", ONE, "delete_sessions"),
        ("delete", "/api/v1/sessions/{session_id}", ONE, "delete_session"),
        ("delete", "/api/v1/session", ONE, "sign_out"),
        ("post", "/school/v1/absences", LINES, "create_school_absences"),
        ("put", "/school/v1/absences/{source_id}", ONE, "replace_school_absence"),
    ],
)
def test_an_operation_is_named_by_its_method_and_path(
    method: str, path: str, operation: dict[str, Any], name: str
) -> None:
    paths = {path: {method: dict(operation), "parameters": []}}

    operation_names.give(paths)

    assert paths[path][method]["operationId"] == name


def test_a_name_of_its_own_stays() -> None:
    paths = {"/api/v1/children": {"get": {"operationId": "mine"}}}

    operation_names.give(paths)

    assert paths["/api/v1/children"]["get"]["operationId"] == "mine"
