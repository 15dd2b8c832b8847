"""S2 for the whole command: `sync_course` against servers that want its token."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import TOKEN, Mirror
from tests.acceptance.evil import Evil, answer, certificate, evil_server

pytestmark = pytest.mark.whole_processes

NAME = "school.example.edu"
COURSE = answer(b'{"id":101,"name":"Biology","workflow_state":"available"}')
FOREIGN = [
    "http://127.0.0.1:{e}/api/v1/courses/101/sections?page=2",
    "http://127.0.0.1:{h}@127.0.0.1:{e}/api/v1/courses/101/sections",
    "//127.0.0.1:{e}/api/v1/courses/101/sections",
]
# What the system's name server would say; read by every Python that finds it.
LIAR = f"""
import socket
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: real(
    "127.0.0.1" if host in ("{NAME}", b"{NAME}") else host, *rest, **more)
"""


@pytest.fixture
def home() -> Iterator[Evil]:
    with evil_server() as server:
        server.answers["/api/v1/courses/101"] = COURSE
        yield server


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


@pytest.mark.parametrize("following", FOREIGN)
def test_s2_a_run_ends_at_a_foreign_link(
    home: Evil, evil: Evil, new_mirror: NewMirror, following: str
) -> None:
    link = following.format(h=home.port, e=evil.port)
    home.otherwise = answer(b"[]", link=f'<{link}>; rel="next"')
    said = new_mirror(home.url()).sync("101", LOG_LEVEL="DEBUG")
    assert said.code == 1
    assert said.report["error"]["code"] == "unexpected_answer"
    assert TOKEN.encode() in home.everything
    assert evil.connections == 0


def test_s2_a_run_ends_at_a_redirect(home: Evil, evil: Evil, new_mirror: NewMirror) -> None:
    home.otherwise = answer(b"", status=302, location=evil.url("/api/v1/courses/101/sections"))
    said = new_mirror(home.url()).sync("101", LOG_LEVEL="DEBUG")
    assert said.code == 1
    assert said.report["error"]["code"] == "bad_configuration"
    assert evil.connections == 0


@pytest.fixture
def tls_home(tmp_path: Path) -> Iterator[Evil]:
    with evil_server(certificate(tmp_path, NAME)[0]) as server:
        server.answers["/api/v1/courses/101"] = COURSE
        yield server


@pytest.fixture
def deceived(tls_home: Evil, new_mirror: NewMirror, tmp_path: Path) -> Mirror:
    """A mirror of a public name that leads inside, with a certificate it would trust."""
    (tmp_path / "sitecustomize.py").write_text(LIAR, encoding="utf-8")
    mirror = new_mirror(tls_home.url(host=NAME))
    mirror.environment["PYTHONPATH"] = str(tmp_path)
    mirror.environment["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
    return mirror


def test_s2_a_run_does_not_connect_to_a_public_name_that_leads_inside(
    tls_home: Evil, deceived: Mirror
) -> None:
    said = deceived.sync("101", CANVAS_ALLOW_INSECURE=None)
    assert said.code == 1
    assert f"{NAME} resolves to a private address" in said.report["error"]["cause"]
    assert tls_home.connections == 0


def test_s2_connecting_by_hand_does_not_either(tls_home: Evil, deceived: Mirror) -> None:
    said = deceived.manage(
        "connect", "north", "--url", tls_home.url(host=NAME), CANVAS_ALLOW_INSECURE=None
    )
    assert said.code == 1
    assert f"{NAME} resolves to a private address" in said.stderr
    assert tls_home.connections == 0


def test_s2_with_permission_the_same_name_is_read(tls_home: Evil, deceived: Mirror) -> None:
    deceived.sync("101")
    assert tls_home.names
    assert TOKEN.encode() in tls_home.everything
