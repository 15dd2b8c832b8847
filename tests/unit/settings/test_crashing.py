import pytest

from settings.crashing import crash_at
from settings.env import BadSettingError


def test_nothing_is_killed_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRASH_AT", raising=False)
    assert crash_at(production=True) is None


def test_a_place_and_a_time_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRASH_AT", " keys.rotate.row:2 ")
    assert crash_at(production=False) == ("keys.rotate.row", 2)


@pytest.mark.parametrize("text", ["keys.rotate.row", "keys:0", ":1", "a:b", "a b:1", "a:1:1"])
def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CRASH_AT", text)
    with pytest.raises(BadSettingError, match=r"^CRASH_AT: it is not a crash point"):
        crash_at(production=False)


def test_production_is_never_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRASH_AT", "keys.rotate.row:1")
    with pytest.raises(BadSettingError, match=r"^CRASH_AT: it kills the process"):
        crash_at(production=True)
