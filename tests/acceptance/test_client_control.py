"""The control plane: canvasapi under our rules, against the simulator and an odd server."""

import logging
import traceback
import warnings
from collections.abc import Callable, Iterator

import pytest

from canvas.client.control import ControlPlane, CourseBrief, Identity
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from simulator import Canvas, start
from tests.acceptance.scripted import Answer, Server, scripted_server

TOKEN = "7~canarytokencanarytoken"
SELF = "/api/v1/users/self"
ACCOUNTS = "/api/v1/accounts"
FAULTS: dict[str, type[CanvasError]] = {
    "http_429": ThrottledError,
    "http_403_throttle": ThrottledError,
    "http_500": CanvasDownError,
    "http_502_html": CanvasDownError,
    "http_503_html": CanvasDownError,
    "html_200": CanvasDownError,
    "half_json": CanvasDownError,
    "cut_body": ConnectionLostError,
    "reset": ConnectionLostError,
    "hang": ConnectionLostError,
    "unauthorized_401": AccessRevokedError,
    "permission_401": ForbiddenError,
    "forbidden_403": ForbiddenError,
    "not_found_404": GoneError,
    "not_a_list": ContractError,
    "foreign_next": ContractError,
}
Connect = Callable[..., ControlPlane]


@pytest.fixture(scope="module")
def simulated() -> Iterator[Canvas]:
    with start("tiny", throttle=False) as canvas:
        yield canvas


@pytest.fixture
def canvas(simulated: Canvas) -> Canvas:
    simulated.reset()
    return simulated


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as running:
        yield running


def plane(url: str, *, token: str = TOKEN) -> ControlPlane:
    return ControlPlane(url, token=token, allow_insecure=True, timeout_s=2.0)


def test_it_knows_who_it_is(canvas: Canvas) -> None:
    assert plane(canvas.url).whoami() == Identity(id=canvas.desk.doorkeeper.admin_id)


def test_it_lists_accounts_and_courses(canvas: Canvas) -> None:
    control = plane(canvas.url)
    account = control.accounts()[0]
    courses = control.courses(account.id, limit=2)
    assert [course.id for course in courses] == [101, 102]
    assert control.courses("self", limit=1) == courses[:1]


def test_it_finds_one_course(canvas: Canvas) -> None:
    found = plane(canvas.url).course(101)
    expected = CourseBrief(
        id=101, name="Introduction to Biology", code="BIO-101", state="available"
    )
    assert found == expected


def test_a_course_hidden_by_its_dates_is_known_by_its_id_only(canvas: Canvas) -> None:
    found = plane(canvas.url, token="teacher1").course(103)
    assert found == CourseBrief(id=103, name=None, code=None, state=None)


def test_an_unknown_course_is_gone(canvas: Canvas) -> None:
    with pytest.raises(GoneError, match="course 999"):
        plane(canvas.url).course(999)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_becomes_an_error_of_ours(canvas: Canvas, kind: str) -> None:
    canvas.faults.add(kind, ACCOUNTS, times=None)
    with pytest.raises(FAULTS[kind]) as caught:
        plane(canvas.url).accounts()
    assert type(caught.value) is FAULTS[kind]


def test_a_refused_token_is_said_to_be_refused(canvas: Canvas) -> None:
    with pytest.raises(AccessRevokedError, match=r"manage\.py connect"):
        plane(canvas.url, token="wrong").whoami()


def test_an_address_without_a_canvas_is_a_wrong_address(server: Server) -> None:
    with pytest.raises(ConfigError, match="there is no Canvas at"):
        plane(server.url).whoami()


def test_nobody_listening_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLostError):
        plane("http://127.0.0.1:1").whoami()


def test_a_redirect_is_not_followed(server: Server) -> None:
    with scripted_server() as evil:
        server.answers[SELF] = Answer(status=302, headers={"Location": f"{evil.url}/x"})
        with pytest.raises(ConfigError, match="redirects"):
            plane(server.url).whoami()
    assert evil.asked == []


def test_a_foreign_next_link_gets_no_request(server: Server) -> None:
    with scripted_server() as evil:
        link = {"Link": f'<{evil.url}/api/v1/accounts?page=2>; rel="next"'}
        server.answers[ACCOUNTS] = Answer(body=b'[{"id":1,"name":"A"}]', headers=link)
        with pytest.raises(ContractError, match="leads away"):
            plane(server.url).accounts()
    assert evil.asked == []


def test_a_cookie_is_not_sent_back(server: Server) -> None:
    server.answers[SELF] = Answer(body=b'{"id":1}', headers={"Set-Cookie": "s=1; Path=/"})
    control = plane(server.url)
    control.whoami()
    control.whoami()
    assert "cookie" not in server.asked[1][1]


def test_the_environment_is_not_trusted(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="utf-8") as file:
        file.write("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.answers[SELF] = Answer(body=b'{"id":1}')
    assert plane(server.url).whoami() == Identity(id=1)
    assert server.asked[0][1]["authorization"] == f"Bearer {TOKEN}"


def test_it_says_who_asks(server: Server) -> None:
    server.answers[SELF] = Answer(body=b'{"id":1}')
    plane(server.url).whoami()
    assert server.asked[0][1]["user-agent"].startswith("canvas-mirror/")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"[]"),
        Answer(body=b"{}"),
        Answer(body=b'{"id":"seven"}'),
        Answer(body=b'{"id":1', headers={"Content-Type": "text/html"}),
        Answer(status=401, body=TOKEN.encode(), headers={"WWW-Authenticate": TOKEN}),
        Answer(status=403, body=TOKEN.encode()),
        Answer(status=418, body=TOKEN.encode()),
    ],
)
def test_whatever_comes_is_an_error_of_ours_without_the_token(
    server: Server, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers[SELF] = answer
    with pytest.raises(CanvasError) as caught:
        plane(server.url).whoami()
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert TOKEN not in shown


def test_bodies_do_not_reach_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers[SELF] = Answer(body=b'{"id":1,"name":"Anna Schmidt"}')
    plane(server.url).whoami()
    assert "Schmidt" not in caplog.text


def test_the_warning_of_canvasapi_about_http_is_silent(server: Server) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert TOKEN not in repr(plane(server.url))


def test_the_probe_of_an_admin_is_all_green(canvas: Canvas) -> None:
    findings = plane(canvas.url).probe("self", course_id=101)
    assert [finding for finding in findings if not finding.ok] == []
    assert [finding.name for finding in findings] == [
        "token",
        "account",
        "course list",
        "course",
        "includes",
        "sections",
        "enrollments",
        "assignment_groups",
        "assignments",
        "submissions",
        "groups",
        "quizzes",
        "new_quizzes",
        "rubrics",
    ]


def test_the_probe_asks_for_one_record_of_each(canvas: Canvas) -> None:
    plane(canvas.url).probe("self", course_id=101)
    sizes = [part for one in canvas.requests for part in one.query.split("&") if "per_page" in part]
    assert sizes == ["per_page=1"] * 11


def test_the_probe_sees_that_includes_are_dropped() -> None:
    with start("tiny", throttle=False, drop_includes=True) as canvas:
        findings = plane(canvas.url).probe("self", course_id=101)
    red = {finding.name: finding.next_step for finding in findings if not finding.ok}
    assert set(red) == {"includes", "assignments", "submissions"}
    assert "developer key" in red["includes"]


def test_the_probe_of_a_teacher_names_what_is_missing(canvas: Canvas) -> None:
    findings = plane(canvas.url, token="teacher1").probe("self", course_id=101)
    red = {finding.name for finding in findings if not finding.ok}
    assert "rubrics" in red
    assert "sections" not in red
    assert all(finding.next_step for finding in findings if not finding.ok)


def test_the_probe_stops_at_a_refused_token(canvas: Canvas) -> None:
    findings = plane(canvas.url, token="wrong").probe("self", course_id=101)
    assert [(finding.name, finding.ok) for finding in findings] == [("token", False)]
    assert len(canvas.requests) == 1


def test_the_probe_stops_when_canvas_is_down(canvas: Canvas) -> None:
    canvas.faults.add("http_503_html", "/sections", times=None)
    findings = plane(canvas.url).probe("self", course_id=101)
    assert (findings[-1].name, findings[-1].ok) == ("sections", False)


def test_a_tab_that_is_off_is_a_finding_but_new_quizzes_are_optional(canvas: Canvas) -> None:
    canvas.faults.add("tab_disabled_404", "/quizzes", times=None)
    findings = {one.name: one for one in plane(canvas.url).probe("self", course_id=101)}
    assert not findings["quizzes"].ok
    assert findings["new_quizzes"].ok


@pytest.mark.parametrize("kind", ["gzip_bomb", "half_gzip"])
def test_what_is_compressed_though_nobody_asked_is_refused_unread(
    canvas: Canvas, kind: str
) -> None:
    canvas.faults.add(kind, "/users/self", times=None)
    with pytest.raises(ContractError, match="not asked for"):
        plane(canvas.url).whoami()
