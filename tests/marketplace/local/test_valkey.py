import socket

import pytest

from marketplace.local import processes, valkey
from marketplace.local.state import State

pytestmark = pytest.mark.runner


@pytest.fixture
def children(tmp_path):
    started = processes.Children(root=tmp_path)
    yield started
    started.stop()


def test_server_answers_at_its_address_and_asks_for_its_password(tmp_path, children):
    url = valkey.start(State(tmp_path, "se"), children)

    assert valkey.answers(url)
    assert not valkey.answers(url.replace("@", "x@"))
    assert not valkey.answers("redis://" + url.partition("@")[2])


def test_server_that_is_gone_does_not_answer(tmp_path, children):
    url = valkey.start(State(tmp_path, "se"), children)
    children.stop()

    assert not valkey.answers(url)


def test_taken_port_of_the_last_time_is_left_for_another(tmp_path, children):
    state = State(tmp_path, "se")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        state.note(valkey_port=taken)

        url = valkey.start(state, children)

    assert f":{taken}/" not in url
    assert f":{state.notes()['valkey_port']}/" in url


def test_password_is_in_a_private_file_and_not_on_the_command_line(tmp_path, children):
    state = State(tmp_path, "se")
    valkey.start(state, children)

    settings = state.folder / "valkey" / "valkey.conf"
    assert state.secrets()["valkey_password"] in settings.read_text()
    assert settings.stat().st_mode & 0o777 == 0o600
