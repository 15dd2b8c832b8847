"""S4: key rotation seals every row anew, can be resumed, and leaves nothing under the old key."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from canvas.models.secrets import Place, key_id, new_key, sealed_under, unseal
from sync.crashpoints import CRASH_POINTS
from tests.acceptance.driver import FIELD_KEY, Mirror
from tests.acceptance.secrecy import stored

NAMES = ("east", "north", "south")
STORE = f"""
from canvas.models import CanvasIntegration
for name in {NAMES}:
    row = CanvasIntegration(name=name, base_url="https://school.example")
    row.set_grant(client_id="1", client_secret=f"secret-{{name}}", access_token=f"token-{{name}}",
                  refresh_token=f"refresh-{{name}}")
    row.save()
"""
TABLE = "canvas_canvasintegration"
SECRETS = {
    "sealed_token": "token",
    "sealed_client_secret": "secret",
    "sealed_refresh_token": "refresh",
}
# Where it is killed, at which time of passing, and how many of nine secrets are moved by then.
CASES = {
    "keys.rotate.row:1": 0,
    "keys.rotate.row:3": 6,
    "keys.rotate.committed:1": 3,
    "keys.rotate.committed:3": 9,
}
NEW_KEY = new_key()
BOTH = f"{NEW_KEY},{FIELD_KEY}"


@pytest.fixture
def sealed(either_mirror: Mirror) -> Mirror:
    """Three integrations with three secrets each, under the key of before."""
    either_mirror.shell(STORE)
    return either_mirror


def texts(mirror: Mirror) -> Iterator[tuple[str, Place, str]]:
    """Every sealed text with its place, and the secret it was made of."""
    columns = ", ".join(SECRETS)
    for name, uuid, *row in mirror.sql(f"SELECT name, uuid, {columns} FROM {TABLE}"):
        for text, (column, word) in zip(row, SECRETS.items(), strict=True):
            place = Place(row=str(UUID(str(uuid))), column=f"{TABLE}.{column}", title=name)
            yield text, place, f"{word}-{name}"


def under(mirror: Mirror, key: str) -> int:
    return sum(sealed_under(text) == key_id(key) for text, _place, _secret in texts(mirror))


@pytest.mark.parametrize("case", CASES)
def test_s4_a_rotation_killed_anywhere_is_finished_by_the_next(
    sealed: Mirror, settings: Settings, case: str
) -> None:
    killed = sealed.manage("keys", "rotate", FIELD_KEYS=BOTH, CRASH_AT=case)
    assert (killed.code, under(sealed, NEW_KEY)) == (-signal.SIGKILL, CASES[case])
    settings.FIELD_KEYS = BOTH.split(",")
    assert all(unseal(text, place=place) == secret for text, place, secret in texts(sealed))

    finished = sealed.manage("keys", "rotate", "--json", FIELD_KEYS=BOTH)
    assert (finished.code, finished.report["resealed"]) == (0, 9 - CASES[case])
    assert (under(sealed, NEW_KEY), under(sealed, FIELD_KEY)) == (9, 0)
    settings.FIELD_KEYS = [NEW_KEY]
    assert all(unseal(text, place=place) == secret for text, place, secret in texts(sealed))


def test_s4_every_place_it_can_be_killed_at_is_tried() -> None:
    places = {case.partition(":")[0] for case in CASES}
    assert places == {name for name in CRASH_POINTS if name.startswith("keys.")}


def test_s4_nothing_in_the_database_names_the_old_key(sealed: Mirror) -> None:
    assert sealed.manage("keys", "rotate", FIELD_KEYS=BOTH).code == 0
    if not sealed.is_postgres:
        sealed.sql("VACUUM")  # free pages of the file may hold what was there before
    rows = [text if isinstance(text, bytes) else text.encode() for text in stored(sealed).values()]
    assert not [text for text in rows if f"sealed1:{key_id(FIELD_KEY)}".encode() in text]
    assert [text for text in rows if f"sealed1:{key_id(NEW_KEY)}".encode() in text]


def test_s4_the_old_key_is_of_no_use_any_more(sealed: Mirror) -> None:
    assert sealed.manage("keys", "rotate", FIELD_KEYS=BOTH).code == 0
    checked = sealed.manage("keys", "verify", "--json", FIELD_KEYS=FIELD_KEY)
    assert (checked.code, len(checked.report["unreadable"])) == (1, 9)
