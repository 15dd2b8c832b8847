"""What the tests of the printed code share: the block, and a school it is printed for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from canvas import models as ours
from canvas.models import CanvasAssignment, CanvasCourse, CanvasIntegration
from tests.integration.guide.blocks import Block
from tests.integration.guide.claims import claimed_by
from tests.integration.models.school import School


class Runner:
    """Runs the block of one test, with the models it names supplied; remembers that it did.

    `sync` is what the synchronous part of the block has left behind, where it has one.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self.runs = 0
        self.sync: dict[str, Any] = {}

    async def __call__(self, **supplied: Any) -> dict[str, Any]:
        open_names = self._block.open_names()
        tables = {name: getattr(ours, name) for name in open_names if name in ours.__all__}
        left = await self._block.run(tables | supplied)
        self.runs += 1
        self.sync = left[0] if len(left) > 1 else {}
        return left[-1]


@pytest.fixture
def block(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """The block the test claims. A test that did not run it to its end fails."""
    runner = Runner(claimed_by(request.function))
    yield runner
    assert runner.runs, "the block was not run to its end"


JOINED = pytest.param("joined", marks=pytest.mark.django_db)
OWN = pytest.param("own", marks=pytest.mark.django_db(transaction=True))


@pytest.fixture(params=[JOINED, OWN])
def transactions(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def school(transactions: str) -> School:
    """Rows to run against, twice: inside the transaction of an ordinary test, and without one.

    In the first a block of `atomic()` joins the test's transaction, in the second it has its own.
    """
    integration = CanvasIntegration.objects.create(name="school", base_url="https://school.example")
    return School(integration)


@pytest.fixture
def course(school: School) -> CanvasCourse:
    return school.course(name="Biology 101", course_code="BIO-101", workflow_state="available")


@pytest.fixture
def assignment(school: School, course: CanvasCourse) -> CanvasAssignment:
    return school.assignment(course, name="Lab report", published=True)
