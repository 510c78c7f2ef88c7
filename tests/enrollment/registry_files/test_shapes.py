import pytest

from services.enrollment.registry_files import MalformedRegistry, open_registry

USERS_1_2 = "sourcedId,status,givenName,familyName\n"
ROLES_1_2 = "sourcedId,userSourcedId,roleType,role,orgSourcedId\n"
ROLES_SDS = "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary\n"


def _manifest(**properties):
    lines = (f"{name.replace('__', '.')},{value}" for name, value in properties.items())
    return "\n".join(["propertyName,value", *lines, ""])


def _opened(path, **options):
    with open_registry(path, **options) as registry:
        return registry


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "oneroster-1.1"),
        ({"manifest.csv": None}, "oneroster-1.1"),
        (
            {"manifest.csv": _manifest(oneroster__version="1.2"), "users.csv": USERS_1_2, "roles.csv": ROLES_1_2},
            "oneroster-1.2",
        ),
        ({"manifest.csv": None, "users.csv": USERS_1_2, "roles.csv": ROLES_1_2}, "oneroster-1.2"),
        ({"manifest.csv": None, "users.csv": USERS_1_2, "roles.csv": ROLES_SDS}, "sds-2.1"),
        ({"manifest.csv": "propertyName,value\n", "users.csv": USERS_1_2, "roles.csv": ROLES_SDS}, "sds-2.1"),
    ],
)
def test_open_registry_finds_out_the_shape(write_registry, files, found):
    assert _opened(write_registry(files)).format == found


def test_open_registry_finds_files_whatever_their_case(write_registry):
    path = write_registry({"users.csv": None})
    (path / "Users.CSV").write_text("sourcedId,role,orgSourcedIds,givenName,familyName\n", encoding="utf-8")

    assert _opened(path).format == "oneroster-1.1"


def test_open_registry_reads_the_modes_of_the_manifest(write_registry):
    manifest = _manifest(oneroster__version="1.1", file__orgs="bulk", file__users="delta", file__demographics="absent")
    registry = _opened(write_registry({"manifest.csv": manifest, "demographics.csv": None}))

    assert registry.mode == "delta"
    assert registry.modes == {"orgs.csv": "bulk", "users.csv": "delta", "demographics.csv": "absent"}


def test_records_leave_out_a_file_that_the_manifest_calls_absent(write_registry):
    manifest = _manifest(oneroster__version="1.1", file__demographics="absent")
    path = write_registry({"manifest.csv": manifest, "demographics.csv": "sourcedId,birthDate\ns1,2011-03-09\n"})
    with open_registry(path) as registry:
        assert list(registry.birth_dates()) == []


@pytest.mark.parametrize(
    ("files", "file", "line", "code"),
    [
        ({"manifest.csv": _manifest(oneroster__version="2.0")}, "manifest.csv", 0, "version_unknown"),
        ({"manifest.csv": _manifest(file__users="sometimes")}, "manifest.csv", 0, "manifest_malformed"),
        ({"manifest.csv": _manifest(source__encoding="ebcdic")}, "manifest.csv", 0, "encoding_unknown"),
        ({"manifest.csv": "propertyName,value\na,b,c\n"}, "manifest.csv", 2, "manifest_malformed"),
        ({"manifest.csv": "first,second\n"}, "manifest.csv", 1, "column_missing"),
        (
            {"manifest.csv": _manifest(file__demographics="bulk"), "demographics.csv": None},
            "manifest.csv",
            0,
            "file_missing",
        ),
        ({"users.csv": None}, "users.csv", 0, "file_missing"),
        ({"users.csv": None, "manifest.csv": None}, "users.csv", 0, "file_missing"),
        ({"orgs.csv": None}, "orgs.csv", 0, "file_missing"),
        ({"demographics.csv": None}, "demographics.csv", 0, "file_missing"),
        ({"manifest.csv": _manifest(oneroster__version="1.2")}, "roles.csv", 0, "file_missing"),
        ({"users.csv": "id,name\n", "manifest.csv": None}, "users.csv", 1, "shape_unknown"),
        ({"users.csv": "sourcedId,role,orgSourcedIds,givenName\n"}, "users.csv", 1, "column_missing"),
        ({"users.csv": USERS_1_2}, "users.csv", 1, "column_missing"),
        ({"users.csv": "sourcedId;role;givenName\n"}, "users.csv", 1, "separator_unknown"),
        ({"users.csv": "sourcedId,role,role\n"}, "users.csv", 1, "column_twice"),
        ({"users.csv": b"%PDF-1.7\n\x00\x01"}, "users.csv", 1, "column_missing"),
        ({"users.csv": ""}, "users.csv", 1, "header_missing"),
        ({"demographics.csv": "sourcedId,sex\n"}, "demographics.csv", 1, "column_missing"),
        ({"orgs.csv": "sourcedId,name\n"}, "orgs.csv", 1, "column_missing"),
    ],
)
def test_open_registry_refuses_a_malformed_registry(write_registry, files, file, line, code):
    with pytest.raises(MalformedRegistry) as refused:
        _opened(write_registry(files))

    assert (refused.value.file, refused.value.line, refused.value.code) == (file, line, code)
    assert refused.value.message


def test_open_registry_refuses_an_unknown_encoding(write_registry):
    with pytest.raises(MalformedRegistry, match="encoding_unknown"):
        _opened(write_registry(), encoding="utf-16")


def test_open_registry_refuses_what_is_not_there(tmp_path):
    with pytest.raises(MalformedRegistry, match="file_missing"):
        _opened(tmp_path / "none")


def test_open_registry_refuses_an_empty_folder(tmp_path):
    with pytest.raises(MalformedRegistry, match="file_missing"):
        _opened(tmp_path)


def test_open_registry_refuses_the_same_file_twice(write_registry):
    path = write_registry()
    (path / "USERS.csv").write_text("", encoding="utf-8")

    with pytest.raises(MalformedRegistry, match="file_twice"):
        _opened(path)
