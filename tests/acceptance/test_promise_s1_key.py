"""S1 for a developer key: client secret, refresh token and all access tokens appear nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import start
from simulator.oauth import OAuth
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import HASTE, Mirror, Running
from tests.acceptance.evil import answer, evil_server
from tests.acceptance.keyed import ENDPOINT, KEY, School, without_variables
from tests.acceptance.secrecy import CLIENT_SECRET, REFRESH_TOKEN, ended, leaks, stored

ECHO = f'{{"error":"{REFRESH_TOKEN}","error_description":"{CLIENT_SECRET}"}}'.encode()
ECHOES = {
    "bad request": answer(ECHO, status=400),
    "refusal": answer(ECHO, status=401, www_authenticate=CLIENT_SECRET),
    "throttled": answer(ECHO, status=429),
    "page": answer(ECHO, status=500, content_type="text/html"),
    "no token": answer(ECHO),
    "odd token": answer(f'{{"access_token":"{REFRESH_TOKEN} {CLIENT_SECRET}"}}'.encode()),
    "redirect": answer(ECHO, status=302, location=f"https://x.example/?code={REFRESH_TOKEN}"),
}


TYPED = f"{CLIENT_SECRET}\n{REFRESH_TOKEN}\n"


def connecting(url: str) -> tuple[str, ...]:
    return "connect", "north", "--url", url, "--client-id", KEY


class Watcher:
    """Runs commands with all that can be logged, and looks each through for every secret."""

    def __init__(self, school: School, mirror: Mirror) -> None:
        self.school, self.mirror = school, without_variables(mirror)
        mirror.environment |= {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
        self._secrets = {CLIENT_SECRET, REFRESH_TOKEN}

    def __call__(self, *command: str, stdin: str = "") -> str:
        """What it said on stderr."""
        return self.watch(self.mirror.start(*command, haste=HASTE), stdin=stdin)

    def watch(self, running: Running, *, stdin: str = "") -> str:
        self._note()
        seen = ended(running, stdin=stdin)
        self._note()
        assert leaks(seen | stored(self.mirror), *self._secrets) == []
        return str(seen["stderr"])

    def connect(self, url: str) -> str:
        return self(*connecting(url), stdin=TYPED)

    def sync(self) -> str:
        return self("sync_course", "102", "--only", "sections", "--json")

    def _note(self) -> None:
        self._secrets |= {self.school.agreed.access_token, self.school.agreed.refresh_token}


@pytest.fixture(params=["confidential", "public"])
def watch(request: pytest.FixtureRequest, new_mirror: NewMirror) -> Iterator[Watcher]:
    """A Canvas whose client secret and first refresh token are known here, and nothing stored."""
    oauth = OAuth()
    oauth.add_key(KEY, CLIENT_SECRET, rotating=request.param == "public")
    with start("tiny", oauth=oauth, throttle=False) as canvas:
        agreed = oauth.authorise(KEY, refresh_token=REFRESH_TOKEN)
        school = School(canvas=canvas, oauth=oauth, agreed=agreed)
        yield Watcher(school, new_mirror(canvas.url))


def test_s1_no_secret_of_a_key_is_shown_from_its_beginning_to_its_end(watch: Watcher) -> None:
    school = watch.school
    watch.connect(school.canvas.url)
    assert "request." in watch.sync()
    school.oauth.expire()
    assert "request." in watch.sync()
    assert school.granted == 2
    watch("keys", "rotate")
    school.oauth.expire()
    school.oauth.revoke()
    assert "paused" in watch.sync()
    assert "paused" in watch.sync()
    watch("runs", "show", "1", "--json")


def test_s1_processes_of_their_own_show_no_secret_of_a_key_in_their_command_line(
    watch: Watcher,
) -> None:
    watch.watch(watch.mirror.begin(*connecting(watch.school.canvas.url)), stdin=TYPED)
    assert "request." in watch.watch(watch.mirror.begin("sync_course", "102", "--json"))


@pytest.mark.parametrize("how", ECHOES)
@pytest.mark.parametrize("watch", ["public"], indirect=True)
def test_s1_a_token_endpoint_that_sends_secrets_back_does_not_get_them_shown(
    watch: Watcher, how: str
) -> None:
    with evil_server() as echoing:
        echoing.answers[ENDPOINT] = ECHOES[how]
        said = watch.connect(echoing.url())
        assert echoing.paths == [ENDPOINT]
    assert "; next: " in said
    assert watch.mirror.sql("SELECT name FROM canvas_canvasintegration") == []


@pytest.mark.parametrize("watch", ["public"], indirect=True)
def test_s1_a_refresh_that_fails_later_does_not_show_the_secrets(watch: Watcher) -> None:
    school = watch.school
    watch.connect(school.canvas.url)
    school.oauth.expire()
    school.canvas.faults.add("http_502_html", ENDPOINT, times=None)
    said = watch.sync()
    assert "could not refresh" in said
