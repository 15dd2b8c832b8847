"""Running simulators: one to read from, and fresh ones with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from simulator import Canvas, start
from tests.simulator.browser import Browser
from tests.simulator.walker import Reading, Walker

Starter = Callable[..., Canvas]


class HandClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def tiny() -> Iterator[Canvas]:
    """The tiny world, for reading only."""
    with start("tiny", throttle=False, ticks=HandClock()) as canvas:
        yield canvas


@pytest.fixture(scope="session")
def browser(tiny: Canvas) -> Browser:
    """A connection to the tiny world."""
    return Browser(tiny)


@pytest.fixture
def fresh() -> Iterator[Starter]:
    """Starts simulators that are stopped after the test."""
    started: list[Canvas] = []

    def make(preset: str = "tiny", **options: object) -> Canvas:
        defaults: dict[str, object] = {"throttle": False, "ticks": HandClock()}
        canvas = start(preset, **(defaults | options))  # type: ignore[arg-type]
        started.append(canvas)
        return canvas

    yield make
    for canvas in started:
        canvas.stop()


@pytest.fixture(scope="session")
def untouched(browser: Browser) -> Reading:
    """All listings of the tiny world before any change."""
    return Walker(browser).read()
