import zipfile

import pytest

from services.enrollment.registry_files import MalformedRegistry, open_registry

FILES = {
    "manifest.csv": "propertyName,value\noneroster.version,1.1\n",
    "orgs.csv": "sourcedId,name,type\n712000,CSS des Phares,district\n",
    "users.csv": "sourcedId,role,orgSourcedIds,givenName,familyName\ns1,student,712001,Zoé,Roy\n",
    "demographics.csv": "sourcedId,birthDate\ns1,2011-03-09\n",
}


def _names(path):
    with open_registry(path) as registry:
        return [user.given_name for user in registry.users()]


def _refusal(path):
    with pytest.raises(MalformedRegistry) as refused:
        _names(path)
    return refused.value.code


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_open_registry_reads_a_zip(pack, compression):
    assert _names(pack(FILES, compression=compression)) == ["Zoé"]


def test_open_registry_reads_a_zip_with_everything_in_a_folder(pack):
    inside = {f"export 2026/{name}": content for name, content in FILES.items()}

    assert _names(pack({**inside, "__MACOSX/export 2026/._users.csv": "x", "export 2026/readme.txt": "x"})) == ["Zoé"]


def test_open_registry_writes_nothing_beside_a_zip(pack, tmp_path):
    _names(pack(FILES))

    assert [path.name for path in tmp_path.iterdir()] == ["registry.zip"]


@pytest.mark.parametrize(
    "name", ["../users.csv", "a/../../users.csv", "/etc/users.csv", "..\\users.csv", "C:\\users.csv"]
)
def test_open_registry_refuses_a_path_out_of_the_folder(pack, name):
    assert _refusal(pack({**FILES, name: "x"})) == "zip_path_unsafe"


@pytest.mark.parametrize("name", [b"\x00.txt", b"\x00\x00\x00\x00\x00"])
def test_open_registry_refuses_a_file_without_a_name(pack, name):
    path = pack({**FILES, "q.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"q.txt", name))

    assert _refusal(path) == "zip_path_unsafe"


def test_open_registry_refuses_a_zip_bomb(pack):
    assert _refusal(pack({**FILES, "users.csv": b"\n" * (40 << 20)})) == "zip_too_large"


@pytest.mark.requirement("GWY-4")
def test_open_registry_refuses_a_list_of_contents_that_is_longer_than_any_before_reading_it(pack, monkeypatch):
    # A kilobyte of memory for each of the names, which a small upload can hold by the million.
    path = pack({**FILES, **{f"{number:04}-{'x' * 40}.txt": "" for number in range(1000)}})
    monkeypatch.delattr(zipfile, "ZipFile")

    assert _refusal(path) == "zip_too_large"


def test_open_registry_refuses_a_zip_that_lies_about_its_size(pack):
    path = pack({**FILES, "users.csv": FILES["users.csv"] + "\n" * 200_000})
    size = (len(FILES["users.csv"].encode()) + 200_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (90).to_bytes(4, "little")))

    assert _refusal(path) == "zip_malformed"


def test_open_registry_refuses_the_same_file_twice_in_a_zip(pack):
    assert _refusal(pack({**FILES, "other/users.csv": FILES["users.csv"]})) == "file_twice"


def test_open_registry_refuses_unusual_compression(pack):
    assert _refusal(pack(FILES, compression=zipfile.ZIP_LZMA)) == "zip_malformed"


def test_open_registry_refuses_a_truncated_zip(pack):
    path = pack(FILES)
    path.write_bytes(path.read_bytes()[:-40])

    assert _refusal(path) == "zip_malformed"


def test_open_registry_refuses_a_damaged_zip(pack):
    path = pack(FILES)
    content = bytearray(path.read_bytes())
    start = content.index(b"users.csv") + len("users.csv")
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)

    assert _refusal(path) == "zip_malformed"


@pytest.mark.parametrize("content", [b"", b"not a zip", b"sourcedId,role\n"])
def test_open_registry_refuses_a_file_that_is_no_zip(tmp_path, content):
    path = tmp_path / "registry.csv"
    path.write_bytes(content)

    assert _refusal(path) == "zip_malformed"
