"""What a measurement asks of the simulator: dearer answers, and what came to pass."""

import pytest

from simulator.throttle import HIGH_WATER, Throttle
from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter

SELF = "/api/v1/users/self"


@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_answers_cost_as_many_times_as_asked_for(scale: float, fresh: Starter) -> None:
    answer = Browser(fresh(throttle=True, cost_scale=scale)).get(SELF)
    assert float(answer.headers["X-Request-Cost"]) == pytest.approx(0.022 * scale)


def test_what_was_served_and_rejected_is_counted(fresh: Starter) -> None:
    canvas = fresh(throttle=True, ticks=lambda: 7.0)
    browser = Browser(canvas)
    browser.get(SELF)
    canvas.throttle.fill(canvas.requests[0].token)
    browser.get(SELF)
    tally = canvas.throttle.tally()
    assert (tally.served, tally.cost, tally.rejected_at) == (1, 0.022, (7.0,))


def test_a_throttle_that_is_off_rejects_nobody() -> None:
    throttle = Throttle(enabled=False)
    throttle.fill("token", count=HIGH_WATER)
    assert throttle.enter("token")
    assert throttle.tally().rejected_at == ()
