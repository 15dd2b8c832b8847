"""One process asks for keys, all others use what is stored."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from canvas.errors import ConnectionLostError
from canvas.events import Event, Jwk, UnknownKeyError, UntrustedEventError
from sync.models import WebhookKeys
from tests.events import SigningKey, event
from workers.webhook_keys import INTERVAL_S, REFRESH_S, KeyRing, KeysAwayError

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW, NEVER = (SigningKey(kid=kid) for kid in ("old", "new", "never"))
NOW = 1_772_359_872.0


class KeyServer:
    """Counts who asks. `is_away`: nobody gets an answer."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys, self.asked, self.is_away = keys, 0, False

    def fetch(self, url: str) -> list[Jwk]:
        assert url == settings.WEBHOOK_KEYS_URL
        self.asked += 1
        if self.is_away:
            raise ConnectionLostError(cause="away")
        return [key.jwk for key in self.keys]


@pytest.fixture
def server() -> KeyServer:
    return KeyServer(OLD)


def read(ring: KeyRing, key: SigningKey) -> Event:
    return ring.read(key.sign(event()), now=NOW)


def outcome(ring: KeyRing, key: SigningKey) -> str:
    try:
        return read(ring, key).name
    except (KeysAwayError, UnknownKeyError) as refused:
        return type(refused).__name__


def let_pass(seconds: float) -> None:
    """As if all that is in the row were so much older."""
    ago = timedelta(seconds=seconds)
    WebhookKeys.objects.update(tried_at=F("tried_at") - ago, fetched_at=F("fetched_at") - ago)


def look_again(ring: KeyRing) -> None:
    """As if the process had last looked at the row long ago."""
    assert ring._seen is not None
    object.__setattr__(ring._seen, "looked_at", time.monotonic() - 3600)


def await_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "webhook-keys":
            thread.join(10)


def test_the_first_event_fetches_the_keys_and_the_next_finds_them(server: KeyServer) -> None:
    ring = KeyRing(server.fetch)
    assert read(ring, OLD).name == "grade_change"
    with CaptureQueriesContext(connection) as asked:
        read(ring, OLD)
    assert (server.asked, len(asked)) == (1, 0)


def test_another_process_uses_what_is_stored(server: KeyServer) -> None:
    read(KeyRing(server.fetch), OLD)
    assert outcome(KeyRing(server.fetch), OLD) == "grade_change"
    assert server.asked == 1


def test_many_unknown_keys_are_one_question_to_the_key_server(server: KeyServer) -> None:
    rings = [KeyRing(server.fetch), KeyRing(server.fetch)]
    read(rings[0], OLD)
    let_pass(INTERVAL_S)
    told = {outcome(ring, SigningKey(kid=f"k{n}", private=NEVER.private)) for ring in rings
            for n in range(20)}  # fmt: skip
    assert told == {"UnknownKeyError"}
    assert server.asked == 2
    let_pass(INTERVAL_S)
    assert outcome(rings[1], NEVER) == "UnknownKeyError"
    assert server.asked == 3


def test_a_new_key_is_found_by_whoever_sees_it_first_and_by_all_then(server: KeyServer) -> None:
    rings = [KeyRing(server.fetch), KeyRing(server.fetch)]
    assert [outcome(ring, OLD) for ring in rings] == ["grade_change"] * 2
    server.keys = (OLD, NEW)
    let_pass(INTERVAL_S)
    assert [outcome(ring, NEW) for ring in rings] == ["grade_change"] * 2
    assert server.asked == 2


def test_a_key_that_comes_within_the_interval_is_found_after_it(server: KeyServer) -> None:
    ring = KeyRing(server.fetch)
    read(ring, OLD)
    server.keys = (NEW,)
    assert outcome(ring, NEW) == "UnknownKeyError"
    let_pass(INTERVAL_S)
    assert outcome(ring, NEW) == "grade_change"
    assert outcome(ring, OLD) == "UnknownKeyError"  # it was taken out of the set


def test_without_the_key_server_known_keys_go_on_and_unknown_ones_must_wait(
    server: KeyServer,
) -> None:
    ring = KeyRing(server.fetch)
    read(ring, OLD)
    server.is_away = True
    let_pass(30 * 24 * 3600)
    for process in (ring, KeyRing(server.fetch)):
        assert [outcome(process, NEW), outcome(process, OLD)] == ["KeysAwayError", "grade_change"]
    assert server.asked == 2
    server.is_away, server.keys = False, (OLD, NEW)
    let_pass(INTERVAL_S)
    assert outcome(ring, NEW) == "grade_change"


def test_without_a_key_server_from_the_start_nobody_is_believed_or_refused(
    server: KeyServer,
) -> None:
    server.is_away = True
    assert outcome(KeyRing(server.fetch), OLD) == "KeysAwayError"
    assert outcome(KeyRing(server.fetch), OLD) == "KeysAwayError"
    assert server.asked == 1


def test_while_one_asks_the_others_do_not_wait(server: KeyServer) -> None:
    class Slow(KeyServer):
        """Another process meets the same key while this one asks."""

        def fetch(self, url: str) -> list[Jwk]:
            meanwhile.append(outcome(KeyRing(server.fetch), OLD))
            return super().fetch(url)

    meanwhile: list[str] = []
    assert outcome(KeyRing(Slow(OLD).fetch), OLD) == "grade_change"
    assert (meanwhile, server.asked) == (["KeysAwayError"], 0)


def test_old_keys_are_fetched_again_without_an_event_waiting_for_it(server: KeyServer) -> None:
    ring = KeyRing(server.fetch)
    read(ring, OLD)
    server.keys = (OLD, NEW)
    let_pass(REFRESH_S)
    look_again(ring)
    assert outcome(ring, OLD) == "grade_change"
    await_threads()
    assert server.asked == 2
    assert [one["kid"] for one in WebhookKeys.objects.get().keys] == ["old", "new"]


def test_keys_of_less_than_an_hour_are_not_fetched_again(server: KeyServer) -> None:
    ring = KeyRing(server.fetch)
    read(ring, OLD)
    let_pass(REFRESH_S - 60)
    look_again(ring)
    read(ring, OLD)
    await_threads()
    assert server.asked == 1


def test_a_bad_signature_asks_nobody(server: KeyServer) -> None:
    ring = KeyRing(server.fetch)
    read(ring, OLD)
    let_pass(INTERVAL_S)
    forged = SigningKey(kid=OLD.kid)
    for token in (forged.sign(event()), b"e30.e30.e30"):
        with pytest.raises(UntrustedEventError):
            ring.read(token, now=NOW)
    assert server.asked == 1
