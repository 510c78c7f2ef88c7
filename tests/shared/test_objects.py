import math
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shared import objects
from shared.objects import Bucket, Folder, FoundObject, ObjectMissing, ObjectStore
from shared.problems import Unavailable
from tests.support.objects import ACCESS_KEY, CREDENTIALS, SECRET_KEY, S3Server
from tests.support.tcp_proxy import TcpProxy

PDF = "application/pdf"
KEY = "organisation-1/0f343b0931126a20f133d67c2b018a3b"
# More than one part of a stream, and not a whole number of them.
CONTENT = bytes(range(256)) * 2048 + b"the end"


def read(store: ObjectStore, key: str, *, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(store.get(key, start=start, end=end))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("file:///var/lib/vitrail/documents", Folder(path=Path("/var/lib/vitrail/documents"))),
        ("file:///mes%20documents/%C3%A9t%C3%A9", Folder(path=Path("/mes documents/été"))),
        ("s3://bucket", Bucket(name="bucket", prefix=None, endpoint=None, region=None)),
        (
            "s3://bucket/a/b/?endpoint=https://objects.example.ca:9000&region=ca-central-1",
            Bucket(name="bucket", prefix="a/b", endpoint="https://objects.example.ca:9000", region="ca-central-1"),
        ),
    ],
)
def test_read_address_tells_a_folder_from_a_bucket(url: str, address: Folder | Bucket) -> None:
    assert objects.read_address(url) == address


@pytest.mark.parametrize(
    ("url", "mistake"),
    [
        ("", "must be file:///"),
        ("documents", "must be file:///"),
        ("/var/lib/documents", "must be file:///"),
        ("ftp://example.ca/documents", "must be file:///"),
        ("https://bucket.s3.amazonaws.com", "must be file:///"),
        ("s3://", "must be file:///"),
        ("s3://bucket#there", "must be file:///"),
        ("file://", "the path of a folder"),
        ("file:///", "the path of a folder"),
        ("file://documents", "the path of a folder"),
        ("file://host/documents", "the path of a folder"),
        ("file:///documents?region=x", "the path of a folder"),
        ("s3://bucket?regoin=ca-central-1", "that nobody knows: regoin"),
        ("s3://bucket?endpoint=objects.example.ca", "must name an endpoint"),
        ("s3://bucket?endpoint=https://objects.example.ca/bucket", "must name an endpoint"),
        ("s3://bucket?endpoint=https://objects.example.ca:99999", "must name an endpoint"),
        ("s3://bucket?endpoint=", "must name an endpoint"),
        ("s3://bucket/a/../b", "must have a prefix"),
        ("s3://key:secret@bucket", "must not hold credentials"),
    ],
)
def test_read_address_says_what_is_wrong_with_the_others(url: str, mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake) as refused:
        objects.read_address(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("half", [{"access_key": ACCESS_KEY}, {"secret_key": SECRET_KEY}])
def test_a_store_takes_both_credentials_or_neither(half: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="both an access key and a secret key"):
        ObjectStore("s3://bucket", **half)


@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "small", "large"])
def test_put_keeps_what_get_gives_back(object_store: ObjectStore, content: bytes) -> None:
    object_store.put(KEY, content, media_type=PDF)

    assert object_store.get(KEY).size == len(content)
    assert read(object_store, KEY) == content


def test_put_takes_a_file(object_store: ObjectStore, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)

    object_store.put(KEY, file, media_type=PDF)

    assert read(object_store, KEY) == CONTENT


def test_put_replaces_an_earlier_object_of_the_key(object_store: ObjectStore) -> None:
    object_store.put(KEY, CONTENT, media_type=PDF)
    object_store.put(KEY, b"new", media_type=PDF)

    assert read(object_store, KEY) == b"new"


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (0, None), (1, None), (100, 101), (131_071, 131_073), (len(CONTENT) - 1, None), (0, len(CONTENT))],
)
def test_get_gives_a_part(object_store: ObjectStore, start: int, end: int | None) -> None:
    object_store.put(KEY, CONTENT, media_type=PDF)

    part = object_store.get(KEY, start=start, end=end)

    assert part.size == len(CONTENT)
    assert b"".join(part) == CONTENT[start:end]


def test_get_says_that_there_is_no_object(object_store: ObjectStore) -> None:
    object_store.put(KEY, CONTENT, media_type=PDF)

    for key in ("organisation-1", "organisation-1/another", "organisation-2/0f34"):
        with pytest.raises(ObjectMissing):
            object_store.get(key)


def test_find_tells_size_and_moment(object_store: ObjectStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    object_store.put(KEY, CONTENT, media_type=PDF)

    found = object_store.find(KEY)

    assert found == FoundObject(key=KEY, size=len(CONTENT), written_at=found.written_at) if found else False
    assert before < found.written_at < datetime.now(UTC) + timedelta(seconds=2)
    assert object_store.find("organisation-1/another") is None


def test_delete_takes_one_object_away_and_minds_none_that_is_not_there(object_store: ObjectStore) -> None:
    object_store.put(KEY, b"one", media_type=PDF)
    object_store.put(KEY + "2", b"two", media_type=PDF)

    for _ in range(2):
        object_store.delete(KEY)

    assert object_store.find(KEY) is None
    assert read(object_store, KEY + "2") == b"two"


def test_list_below_yields_what_begins_with_the_same_segments(object_store: ObjectStore) -> None:
    keys = {"a/1", "a/2", "ab/1", *(f"many/{number:03}" for number in range(60))}
    for key in keys:
        object_store.put(key, b"x", media_type=PDF)

    assert {found.key for found in object_store.list_below()} == keys
    assert {found.key for found in object_store.list_below("a")} == {"a/1", "a/2"}
    assert list(object_store.list_below("nowhere")) == []


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "a/.hidden", "é", "a b", "a\x00", "a\n"]
)
def test_a_key_that_could_lead_elsewhere_is_a_mistake_of_the_caller(object_store: ObjectStore, key: str) -> None:
    for use in (object_store.get, object_store.find, object_store.delete):
        with pytest.raises(ValueError, match="a key is made of"):
            use(key)
    with pytest.raises(ValueError, match="a key is made of"):
        object_store.put(key, b"x", media_type=PDF)


def test_objects_of_one_prefix_are_not_those_of_another(s3_server: S3Server) -> None:
    url = s3_server.new_bucket()
    one, other = ObjectStore(url, **CREDENTIALS), ObjectStore(url.replace("/documents", "/others"), **CREDENTIALS)

    one.put(KEY, b"x", media_type=PDF)

    assert list(other.list_below()) == []
    assert other.find(KEY) is None


def test_put_of_the_same_content_by_many_at_once_leaves_it_whole(object_store: ObjectStore) -> None:
    barrier = threading.Barrier(8)

    def put(_number: int) -> bytes:
        barrier.wait()
        object_store.put(KEY, CONTENT, media_type=PDF)
        return read(object_store, KEY)

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(put, range(8))) == {CONTENT}
    assert [found.key for found in object_store.list_below()] == [KEY]


def test_a_folder_is_its_owners_alone(folder_store_url: str) -> None:
    store = ObjectStore(folder_store_url)
    store.put(KEY, b"x", media_type=PDF)

    assert isinstance(store.address, Folder)
    assert store.address.path.stat().st_mode & 0o777 == 0o700


def test_an_object_that_was_half_written_is_none(folder_store_url: str, tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from shared.objects import ObjectStore
Path({str(tmp_path / "ready")!r}).touch()
while True:
    ObjectStore({folder_store_url!r}).put({KEY!r}, bytes(64 * 1024 * 1024), media_type="application/pdf")
"""
    store = ObjectStore(folder_store_url)
    seen = set()
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", program]) as writer:
            for _ in range(2000):
                found = store.find(KEY)
                seen |= {found.size} if found else set()
            writer.kill()
    assert seen <= {64 * 1024 * 1024}


@pytest.mark.parametrize("operation", ["put", "get", "find", "delete", "list"])
@pytest.mark.parametrize(
    "url", ["s3://nowhere?endpoint=http://127.0.0.1:{closed}&region=x", "file:///dev/null/objects"]
)
def test_a_store_that_is_not_there_is_unavailable_for_now(url: str, operation: str) -> None:
    with TcpProxy(1) as proxy:
        proxy.refuse()
        store = ObjectStore(url.format(closed=proxy.port), **CREDENTIALS)
        with capture_logs() as logged, pytest.raises(Unavailable) as refused:
            use(store, operation)

    assert refused.value.retry_after == objects.COME_BACK
    assert [(line["event"], line["operation"]) for line in logged] == [("object_store_failed", operation)]


def use(store: ObjectStore, operation: str) -> None:
    {
        "put": lambda: store.put(KEY, b"x", media_type=PDF),
        "get": lambda: store.get(KEY),
        "find": lambda: store.find(KEY),
        "delete": lambda: store.delete(KEY),
        "list": lambda: list(store.list_below()),
    }[operation]()


def test_a_store_that_does_not_answer_is_unavailable_for_now(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    with TcpProxy(s3_server.port) as proxy:
        url = bucket.replace(str(s3_server.port), str(proxy.port))
        store = ObjectStore(url, **CREDENTIALS, patience=timedelta(seconds=0.3))
        store.put(KEY, b"x", media_type=PDF)
        proxy.delay(math.inf)
        for operation in ("get", "find", "list"):
            with pytest.raises(Unavailable):
                use(store, operation)
        proxy.restore()

        assert read(store, KEY) == b"x"


# A call that is cut before it has begun is closed by the collector, which says so: the proxy's matter, not the store's.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_connection_that_breaks_is_tried_again(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    with TcpProxy(s3_server.port) as proxy:
        store = ObjectStore(bucket.replace(str(s3_server.port), str(proxy.port)), **CREDENTIALS)
        store.put(KEY, CONTENT, media_type=PDF)
        for _ in range(10):
            # The kept connection is dead, and the library does not know it yet.
            proxy.cut()
            assert read(store, KEY) == CONTENT


def test_an_object_that_breaks_off_half_way_is_not_taken_for_whole(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    large = bytes(16 * 1024 * 1024)
    with TcpProxy(s3_server.port) as proxy:
        url = bucket.replace(str(s3_server.port), str(proxy.port))
        store = ObjectStore(url, **CREDENTIALS, patience=timedelta(seconds=2))
        store.put(KEY, large, media_type=PDF)
        parts = iter(store.get(KEY))
        size = len(next(parts))
        proxy.refuse()
        with capture_logs() as logged, pytest.raises(Unavailable):
            size += sum(len(part) for part in parts)

    assert size < len(large)
    assert logged[0]["operation"] == "read"


@pytest.mark.parametrize("operation", ["put", "list"])
def test_a_bucket_that_nobody_made_is_for_an_operator_to_mend(s3_server: S3Server, operation: str) -> None:
    store = ObjectStore(s3_server.url_of("never-made"), **CREDENTIALS)
    with capture_logs() as logged, pytest.raises(Unavailable):
        use(store, operation)

    assert "NoSuchBucket" in logged[0]["codes"]


def test_credentials_that_the_store_refuses_are_for_an_operator_to_mend() -> None:
    with S3Server(asks_who_comes=True) as server:
        store = ObjectStore(server.new_bucket(), **CREDENTIALS)
        with capture_logs() as logged, pytest.raises(Unavailable):
            store.put(KEY, b"x", media_type=PDF)

    (line,) = logged
    assert (line["operation"], line["codes"]) == ("put", ["403", "InvalidAccessKeyId"])
    assert not {ACCESS_KEY, SECRET_KEY, KEY} & set(map(str, line.values()))


def test_a_process_that_asks_for_no_object_loads_no_library() -> None:
    program = (
        "import sys; from shared.objects import ObjectStore; ObjectStore('s3://b'); print('obstore' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert told.stdout.strip() == "False"
