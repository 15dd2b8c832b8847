"""A token that ends while Canvas is read: replaced once, by one process, for all of them."""

from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror
from tests.acceptance.keyed import (
    ENDPOINT,
    READER,
    RENEWER,
    School,
    begin,
    next_line,
    school,
    tell,
    wait_until_granted,
    without_variables,
)

PROCESSES = 8
LISTING = "/students/submissions"
PAUSED = "SELECT paused_at IS NOT NULL, pause_reason FROM canvas_canvasintegration"


@pytest.fixture(params=[False, True], ids=["confidential", "rotating"])
def north(request: pytest.FixtureRequest) -> Iterator[School]:
    with school(rotating=request.param) as made:
        yield made


@pytest.fixture
def confidential() -> Iterator[School]:
    with school() as made:
        yield made


def connected(north: School, new_mirror: NewMirror, kind: str = "sqlite") -> Mirror:
    mirror = without_variables(new_mirror(north.canvas.url, kind))
    assert north.connect(mirror).code == 0
    return mirror


@pytest.mark.parametrize(
    ("north", "kind"), [(True, "sqlite"), (False, "postgres")], indirect=["north"]
)
def test_eight_processes_whose_token_ends_at_once_refresh_once_and_are_refused_once(
    north: School, new_mirror: NewMirror, kind: str
) -> None:
    mirror = connected(north, new_mirror, kind)
    readers = [begin(mirror, READER) for _ in range(PROCESSES)]
    assert {next_line(reader) for reader in readers} == {"read"}
    before = north.granted
    north.oauth.expire()
    for reader in readers:
        tell(reader)
    assert {next_line(reader) for reader in readers} == {"read"}
    assert north.granted == before + 1
    north.oauth.revoke()
    for reader in readers:
        tell(reader)
    assert {next_line(reader) for reader in readers} == {"credential_refused"}
    said = [mirror.end(reader) for reader in readers]
    assert sum(one.stderr.count("integration.paused") for one in said) == 1
    assert north.oauth.refused == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_when_the_one_that_refreshes_is_killed_another_takes_over(
    confidential: School, new_mirror: NewMirror, kind: str
) -> None:
    mirror = connected(confidential, new_mirror, kind)
    first, second = begin(mirror, RENEWER), begin(mirror, RENEWER)
    assert [next_line(first), next_line(second)] == ["ready", "ready"]
    before = confidential.granted
    confidential.canvas.faults.add("hang", ENDPOINT)
    tell(first)
    wait_until_granted(confidential, before + 1)
    first.kill()
    first.communicate()
    tell(second)
    assert mirror.end(second).stdout.split() == ["renewed", "read"]
    assert confidential.granted == before + 2


def test_a_token_that_ends_during_a_sync_is_not_noticed_in_the_mirror(
    north: School, new_mirror: NewMirror
) -> None:
    mirror = connected(north, new_mirror)
    before = north.granted
    north.canvas.faults.add("unauthorized_401", LISTING)
    said = mirror.sync("101")
    assert (said.code, said.complaints) == (0, [])
    assert said.report["state"] == "succeeded"
    assert north.granted == before + 1
    assert mirror.count("submission") > 80
    north.look_through(said)


def test_a_token_about_to_end_is_replaced_before_it_is_used(
    confidential: School, new_mirror: NewMirror
) -> None:
    north = confidential
    mirror = connected(north, new_mirror)
    soon = "token_expires_at=timezone.now() + timedelta(minutes=4)"
    mirror.shell(
        "from datetime import timedelta; from django.utils import timezone; "
        f"from canvas.models import CanvasIntegration; CanvasIntegration.objects.update({soon})"
    )
    before, dead = north.granted, north.agreed.access_token
    north.canvas.requests.clear()
    assert mirror.sync("102").code == 0
    assert north.granted == before + 1
    assert not north.oauth.knows(dead)
    assert {request.status for request in north.canvas.requests} == {200}


def test_a_token_that_stays_refused_ends_the_run_and_pauses(
    confidential: School, new_mirror: NewMirror
) -> None:
    mirror = connected(confidential, new_mirror)
    before = confidential.granted
    confidential.canvas.faults.add("unauthorized_401", LISTING, times=None)
    said = mirror.sync("101")
    assert (said.code, said.report["error"]["code"]) == (4, "credential_refused")
    assert said.stderr.count("integration.paused") == 1
    assert confidential.granted == before + 1
    assert [tuple(row) for row in mirror.sql(PAUSED)] == [(1, "token_refused")]

    confidential.canvas.requests.clear()
    for _ in range(3):
        said = mirror.sync("101")
        assert (said.code, said.report["error"]["code"]) == (4, "credential_refused")
        assert "integration north is paused since" in said.report["error"]["cause"]
        assert "manage.py connect north" in said.report["error"]["next_step"]
    assert len(confidential.canvas.requests) == 0

    confidential.canvas.faults.clear()
    assert confidential.connect(mirror).code == 0
    assert mirror.sync("101").code == 0


def test_a_missing_permission_is_no_reason_to_refresh(
    confidential: School, new_mirror: NewMirror
) -> None:
    mirror = connected(confidential, new_mirror)
    before = confidential.granted
    confidential.canvas.faults.add("permission_401", "/rubrics", times=None)
    assert mirror.sync("101").code == 3
    assert confidential.granted == before
    assert [bool(paused) for paused, _ in mirror.sql(PAUSED)] == [False]


def test_a_canvas_that_is_down_during_the_refresh_pauses_nothing(
    confidential: School, new_mirror: NewMirror
) -> None:
    mirror = connected(confidential, new_mirror)
    confidential.oauth.expire()
    confidential.canvas.faults.add("http_503_html", ENDPOINT, times=None)
    said = mirror.hastily("sync_course", "102", "--json")
    assert (said.code, said.report["error"]["code"]) == (75, "canvas_down")
    confidential.canvas.faults.clear()
    assert mirror.sync("102").code == 0


def test_a_token_made_by_hand_that_is_refused_pauses_too(
    confidential: School, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(confidential.canvas.url)
    mirror.token = mirror.environment["CANVAS_TOKEN"] = confidential.agreed.access_token
    assert mirror.sync("102").code == 0
    confidential.oauth.revoke()
    assert mirror.sync("102").code == 4
    confidential.canvas.requests.clear()
    assert [mirror.sync("102").code for _ in range(2)] == [4, 4]
    assert len(confidential.canvas.requests) == 0
    newer = confidential.oauth.authorise(confidential.agreed.client_id)
    assert mirror.sync("102", CANVAS_TOKEN=newer.access_token).code == 0
    del mirror.environment["CANVAS_TOKEN"]
    assert mirror.sync("102").code == 0
