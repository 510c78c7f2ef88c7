import math
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.tcp_proxy import TcpProxy


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that says back what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_calls, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        # Wakes the thread that waits for calls.
        server.shutdown(socket.SHUT_RDWR)


def answer_calls(server: socket.socket) -> None:
    try:
        while True:
            call, _ = server.accept()
            threading.Thread(target=echo, args=(call,), daemon=True).start()
    except OSError:
        return


def echo(call: socket.socket) -> None:
    with call:
        try:
            while said := call.recv(65536):
                call.sendall(said)
        except OSError:
            return


@pytest.fixture
def proxy(echo_port: int) -> Iterator[TcpProxy]:
    with TcpProxy(echo_port) as running:
        yield running


def call(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def say(line: socket.socket, said: bytes) -> bytes:
    line.sendall(said)
    heard = b""
    while len(heard) < len(said) and (more := line.recv(65536)):
        heard += more
    return heard


def test_proxy_carries_everything_both_ways(proxy: TcpProxy) -> None:
    long = bytes(range(256)) * 4096
    with call(proxy) as line, call(proxy) as other:
        assert say(line, b"hello") == b"hello"
        assert say(other, long) == long


def test_cut_breaks_what_is_open_and_takes_new_connections(proxy: TcpProxy) -> None:
    with call(proxy) as line:
        say(line, b"hello")
        proxy.cut()
        assert heard_no_more(line)
    with call(proxy) as line:
        assert say(line, b"again") == b"again"


def heard_no_more(line: socket.socket) -> bool:
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True


def test_refuse_breaks_what_is_open_and_takes_no_connection(proxy: TcpProxy) -> None:
    with call(proxy) as line:
        say(line, b"hello")
        proxy.refuse()
        assert heard_no_more(line)
    with pytest.raises(ConnectionRefusedError):
        call(proxy)
    proxy.restore()
    with call(proxy) as line:
        assert say(line, b"again") == b"again"


def test_delay_holds_what_goes_through(proxy: TcpProxy) -> None:
    with call(proxy) as line:
        proxy.delay(0.2)
        began = time.monotonic()
        assert say(line, b"hello") == b"hello"
        # There and back.
        assert time.monotonic() - began >= 0.4


def test_restore_lets_go_of_what_was_held_for_ever(proxy: TcpProxy) -> None:
    with call(proxy) as line:
        proxy.delay(math.inf)
        line.sendall(b"hello")
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(1)
        proxy.restore()
        line.settimeout(10)
        assert line.recv(5) == b"hello"


def test_proxy_breaks_a_call_whose_server_is_away(echo_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with TcpProxy(port) as proxy, call(proxy) as line:
        assert heard_no_more(line)


def test_close_leaves_neither_thread_nor_port(echo_port: int) -> None:
    proxy = TcpProxy(echo_port)
    with call(proxy) as line:
        say(line, b"hello")
        proxy.close()
        proxy.close()
        assert heard_no_more(line)
    assert "tcp-proxy" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        call(proxy)
