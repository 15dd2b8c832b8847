"""manage.py keys: what it makes, opens and seals anew, on which stream, and its exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from canvas.models import CanvasIntegration
from canvas.models.secrets import key_id, new_key, sealed_under
from management.management.commands.keys import Command
from tests.command import manage
from tests.integration.management.operating import Operator

# The command has a thread, and so a connection, of its own.
pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = {
    "sealed_token": "canary-access-token",
    "sealed_client_secret": "canary-client-secret",
    "sealed_refresh_token": "canary-refresh-token",
}
NAMES = ("oauth", "plain", "empty")


@pytest.fixture
def keys(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(Command, capsys)


@pytest.fixture
def old(settings: Settings) -> str:
    """The only key in use."""
    settings.FIELD_KEYS = [new_key()]
    return str(settings.FIELD_KEYS[0])


@pytest.fixture
def stored(old: str) -> list[CanvasIntegration]:
    """`oauth` with three secrets, `plain` with one, `empty` with none."""
    oauth, plain, empty = (CanvasIntegration(name=n, base_url="x") for n in NAMES)
    oauth.set_grant(
        client_id="1",
        client_secret=SECRETS["sealed_client_secret"],
        access_token=SECRETS["sealed_token"],
        refresh_token=SECRETS["sealed_refresh_token"],
    )
    plain.set_token("canary-other-token")
    for one in (oauth, plain, empty):
        one.save()
    return [oauth, plain, empty]


def secrets() -> dict[str, tuple[str | None, ...]]:
    """Every secret in the clear, by the name of its integration."""
    return {
        one.name: (one.read_token(), one.read_client_secret(), one.read_refresh_token())
        for one in CanvasIntegration.objects.all()
    }


def under() -> set[str | None]:
    """The keys the stored texts name."""
    rows = CanvasIntegration.objects.values_list(*SECRETS)
    return {sealed_under(text) for row in rows for text in row if text is not None}


def spoil(name: str) -> None:
    """Alter one token behind Django's back."""
    table = "UPDATE canvas_canvasintegration SET sealed_token"
    with connection.cursor() as cursor:
        cursor.execute(f"{table} = substr(sealed_token, 1, 60) WHERE name = %s", [name])


def test_a_made_key_is_all_there_is_on_stdout(keys: Operator, settings: Settings) -> None:
    made = keys("generate")
    assert re.fullmatch(r"[\w-]{43}=\n", made.stdout)
    assert key_id(made.stdout.strip()) in made.stderr
    assert made.stdout.strip() not in made.stderr
    assert "put it first in FIELD_KEYS" in made.stderr
    settings.FIELD_KEYS = [keys("generate", "--json").document["key"]]
    assert keys("verify").code == 0


def test_a_development_checkout_is_told_where_its_keys_are(
    keys: Operator, settings: Settings
) -> None:
    settings.FIELD_KEY_FILE = Path("/checkout/var/field.keys")
    assert "first line of /checkout/var/field.keys" in keys("generate").stderr


def test_a_key_is_made_where_no_database_is() -> None:
    env = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing", "FIELD_KEYS": new_key()}
    assert manage("keys", "generate", env=env).returncode == 0
    assert manage("keys", "verify", env=env).returncode == 1


@pytest.mark.usefixtures("stored")
def test_it_counts_what_is_under_which_key(keys: Operator, settings: Settings, old: str) -> None:
    settings.FIELD_KEYS = [new_key(), old]
    newest = key_id(settings.FIELD_KEYS[0])
    found = keys("verify", "--json")
    assert (found.code, found.document["state"], found.document["not_under_newest"]) == (
        0,
        "succeeded",
        4,
    )
    assert found.document["keys"] == [
        {"id": newest, "place": "newest", "secrets": 0},
        {"id": key_id(old), "place": "older", "secrets": 4},
    ]
    assert "manage.py keys rotate" in found.stderr


@pytest.mark.usefixtures("stored")
def test_a_secret_that_does_not_open_is_named_and_the_others_are_counted(keys: Operator) -> None:
    spoil("plain")
    found = keys("verify", "--json")
    assert (found.code, found.document["state"]) == (1, "failed")
    [broken] = found.document["unreadable"]
    assert broken["secret"] == "token of integration plain"
    assert "manage.py connect" in broken["next_step"]
    assert "integration plain" in found.stderr
    assert found.document["error"]["cause"] == "1 of 4 stored secrets do not open"


@pytest.mark.usefixtures("stored")
def test_a_key_that_is_gone_is_named(keys: Operator, settings: Settings, old: str) -> None:
    settings.FIELD_KEYS = [new_key()]
    found = keys("verify")
    assert found.code == 1
    assert f"key {key_id(old)} (not in FIELD_KEYS): 4" in found.stdout
    assert f"put key {key_id(old)} back into FIELD_KEYS" in found.stderr


@pytest.mark.usefixtures("stored")
def test_everything_is_sealed_anew(keys: Operator, settings: Settings, old: str) -> None:
    before = secrets()
    settings.FIELD_KEYS = [new_key(), old]
    done = keys("rotate", "--json")
    assert (done.code, done.document["resealed"], done.document["not_under_newest"]) == (0, 4, 0)
    assert f"remove {key_id(old)} from FIELD_KEYS" in done.stderr
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert under() == {key_id(settings.FIELD_KEYS[0])}
    assert secrets() == before


@pytest.mark.usefixtures("stored")
def test_a_second_rotation_writes_nothing(keys: Operator, settings: Settings, old: str) -> None:
    settings.FIELD_KEYS = [new_key(), old]
    keys("rotate")
    before = list(CanvasIntegration.objects.order_by("pk").values())
    again = keys("rotate", "--json")
    assert (again.code, again.document["resealed"]) == (0, 0)
    assert list(CanvasIntegration.objects.order_by("pk").values()) == before


@pytest.mark.usefixtures("stored")
def test_what_does_not_open_stops_nothing(keys: Operator, settings: Settings, old: str) -> None:
    spoil("oauth")
    settings.FIELD_KEYS = [new_key(), old]
    done = keys("rotate", "--json")
    assert (done.code, done.document["resealed"]) == (1, 3)
    assert [one["secret"] for one in done.document["unreadable"]] == ["token of integration oauth"]
    assert "remove" not in done.stderr
    plain = CanvasIntegration.objects.get(name="plain")
    assert plain.read_token() == "canary-other-token"


def test_a_database_without_secrets_is_fine(keys: Operator) -> None:
    assert (keys("verify").code, keys("rotate").code) == (0, 0)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("verb", ["verify", "rotate"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_key_or_ciphertext_is_shown(
    keys: Operator, settings: Settings, old: str, verb: str, form: tuple[str, ...]
) -> None:
    spoil("plain")
    settings.FIELD_KEYS = [new_key(), old]
    said = keys(verb, *form)
    for hidden in ("canary", "gAAAAA", *settings.FIELD_KEYS):
        assert hidden not in said.stdout + said.stderr


@pytest.mark.parametrize("arguments", [(), ("burn",), ("verify", "extra")])
def test_wrong_input_ends_in_one_line_and_exit_2(keys: Operator, arguments: tuple[str]) -> None:
    answer = keys(*arguments)
    assert (answer.code, answer.stdout, len(answer.stderr.splitlines())) == (2, "", 1)


def test_without_keys_it_says_so(keys: Operator, settings: Settings) -> None:
    settings.FIELD_KEYS = []
    answer = keys("verify")
    assert answer.code == 1
    assert "FIELD_KEYS holds no key" in answer.stderr
