"""Sealing anew while others store tokens: nothing is lost, and what is left behind is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from pytest_django.fixtures import Settings

from canvas.models import CanvasIntegration
from canvas.models.secrets import key_id, new_key, sealed_under
from management.field_keys import Rotation, rotate, verify
from tests.integration.models.test_secrets import older
from workers.bridge import bridge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old(settings: Settings) -> str:
    settings.FIELD_KEYS = [new_key()]
    return str(settings.FIELD_KEYS[0])


@pytest.fixture
def school(old: str) -> CanvasIntegration:
    row = CanvasIntegration(name="school", base_url="x")
    row.set_token("token-0")
    row.save()
    return row


class Keys(list[str]):
    """Keys that call `then` once, when they are read to open the first secret of a rotation."""

    def __init__(self, *keys: str, then: Callable[[], None]) -> None:
        super().__init__(keys)
        self._reads, self._then = 0, then

    def __iter__(self) -> Iterator[str]:
        self._reads += 1
        if self._reads == 2:  # the first time is for the newest
            self._then()
        return super().__iter__()


class Latecomer(threading.Thread):
    """Another process, which stores a token with the keys of before."""

    def __init__(self, row: CanvasIntegration) -> None:
        super().__init__()
        row.set_token("token-1")
        self._row = row

    def run(self) -> None:
        self._row.save(update_fields=["sealed_token"])
        connection.close()

    def hurry(self) -> None:
        """Begin, and be done if nothing holds it up."""
        self.start()
        self.join(timeout=0.5)


def rotated(latecomer: Latecomer) -> Rotation:
    done = bridge.run(rotate())
    latecomer.join()
    return done


def test_a_token_stored_meanwhile_is_not_overwritten(
    settings: Settings, school: CanvasIntegration, old: str
) -> None:
    latecomer = Latecomer(school)
    settings.FIELD_KEYS = Keys(new_key(), old, then=latecomer.hurry)
    rotated(latecomer)
    assert CanvasIntegration.objects.get().read_token() == "token-1"


def test_what_was_left_under_an_older_key_is_moved_by_the_next_rotation(
    settings: Settings, school: CanvasIntegration, old: str
) -> None:
    latecomer = Latecomer(school)
    settings.FIELD_KEYS = Keys(new_key(), old, then=latecomer.hurry)
    rotated(latecomer)
    again = async_to_sync(rotate)()
    assert (again.resealed, again.complete) == (1, True)
    stored = CanvasIntegration.objects.get()
    assert sealed_under(str(stored.sealed_token)) == key_id(settings.FIELD_KEYS[0])


def test_a_secret_under_an_older_key_makes_a_rotation_incomplete(
    settings: Settings, school: CanvasIntegration, old: str
) -> None:
    settings.FIELD_KEYS = [new_key(), old]
    found = async_to_sync(verify)()
    assert (found.older, Rotation(resealed=0, now=found).complete) == (1, False)


def test_the_older_format_is_brought_to_the_newer_even_under_the_same_key(
    school: CanvasIntegration, old: str
) -> None:
    CanvasIntegration.objects.update(sealed_token=older("token-0", key=old, row=str(school.uuid)))
    assert async_to_sync(rotate)().resealed == 1
    stored = CanvasIntegration.objects.get()
    assert sealed_under(str(stored.sealed_token)) == key_id(old)
    assert stored.read_token() == "token-0"
