import socket
from collections.abc import Iterator

import pytest

from marketplace.local import ports
from marketplace.local.console import RunError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_taken_port_is_refused_in_one_line_that_names_it(taken):
    with pytest.raises(RunError) as refused:
        ports.require(taken, purpose="the web pages")

    assert str(refused.value) == (
        f"Port {taken} for the web pages is taken by another program; "
        "choose another, or leave --port out."
    )


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_port_that_does_not_exist_is_refused(port):
    with pytest.raises(RunError, match="does not exist"):
        ports.require(port, purpose="the web pages")


def test_wished_port_is_kept_while_it_is_free_and_left_when_it_is_not(taken):
    free = ports.choose()

    assert ports.choose(wished=free) == free
    assert ports.choose(wished=free, taken=frozenset({free})) != free
    assert ports.choose(wished=taken) != taken
