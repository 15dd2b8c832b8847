"""How long a child that ended is waited with."""

from __future__ import annotations

from management.up.keeper import Pauses


def test_pauses_grow_to_half_a_minute() -> None:
    pauses, pause_s, taken = Pauses(), 0.0, []
    for _ in range(8):
        pause_s = pauses.after(pause_s, lived_s=1)
        taken.append(pause_s)
    assert taken == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_minute_of_health_is_a_new_beginning() -> None:
    assert Pauses().after(30, lived_s=60) == 0.5
