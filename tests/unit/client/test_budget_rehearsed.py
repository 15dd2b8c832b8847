"""The model against the simulator's bucket, for ten minutes of virtual time."""

import pytest

from tests.unit.client.rehearsal import TOKEN, Rehearsal

LOADS = {
    "pages as usual": Rehearsal(),
    "one walk, quick answers": Rehearsal(askers=1, latency_s=0.05, way_s=0.005),
    "many light requests": Rehearsal(cost=0.3, latency_s=0.05, way_s=0.005),
    "Canvas works as long as it takes": Rehearsal(cost=1.2, latency_s=1.2, way_s=0.02),
    "heavy requests": Rehearsal(cost=20.0, latency_s=5.0),
    "as heavy as the reservation": Rehearsal(cost=45.0, latency_s=5.0),
    "long ways": Rehearsal(way_s=0.3),
    "two hundred askers": Rehearsal(askers=200, latency_s=0.5, way_s=0.2),
}


@pytest.mark.parametrize("load", LOADS)
def test_nothing_is_rejected_and_the_allowed_rate_is_used(load: str) -> None:
    rehearsal = LOADS[load]
    rehearsal.run(600.0)
    assert rehearsal.rejected_at == []
    assert rehearsal.share_used >= 0.85
    assert rehearsal.lowest > 0  # another program could start a request at any time


def test_another_program_with_the_same_token_is_given_way() -> None:
    rehearsal = Rehearsal()

    def other() -> None:
        if rehearsal.throttle.enter(TOKEN):
            rehearsal.after(0.5, lambda: served.append(rehearsal.throttle.leave(TOKEN, cost=5.0)))
        rehearsal.after(1.0, other)

    served: list[float] = []
    rehearsal.after(0.0, other)
    rehearsal.run(600.0)
    assert len(served) == 600
    assert rehearsal.late_rejections == []
    assert rehearsal.share_used == pytest.approx(0.5, abs=0.05)


def test_a_bucket_somebody_filled_is_outlived() -> None:
    rehearsal = Rehearsal()
    rehearsal.throttle.fill(TOKEN)
    rehearsal.run(600.0)
    assert 1 <= len(rehearsal.rejected_at) <= 6
    assert rehearsal.late_rejections == []
    assert rehearsal.share_used >= 0.85
