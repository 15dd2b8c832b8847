"""Every printed block is run by one test, and the harness itself can fail."""

from __future__ import annotations

import hashlib
import importlib
from collections import Counter
from pathlib import Path

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from canvas.models import CanvasCourse
from tests.contract.source import ROOT
from tests.integration.guide.blocks import Block, blocks_of
from tests.integration.guide.claims import CLAIMED, GUIDE, PAGE, README, find

HERE = Path(__file__).parent
GUIDE_DIGEST = "ede1468459a34d23a07ab475e19b339b5f914081c000d8f64982c207d67e435a"


@pytest.fixture(scope="module")
def claimed() -> Counter[Block]:
    """How often each block is claimed by the tests beside this one."""
    for file in sorted(HERE.glob("test_*.py")):
        importlib.import_module(f"tests.integration.guide.{file.stem}")
    return Counter(CLAIMED.values())


@pytest.mark.parametrize("page", [GUIDE, PAGE, README])
def test_every_block_is_claimed_by_exactly_one_test(page: str, claimed: Counter[Block]) -> None:
    assert {block: claimed[block] for block in blocks_of(page)} == dict.fromkeys(blocks_of(page), 1)


def test_the_guide_is_the_text_we_were_given() -> None:
    # It is the specification: neither a formatter nor we may change it.
    text = (ROOT / GUIDE).read_bytes()
    assert hashlib.sha256(text).hexdigest() == GUIDE_DIGEST
    assert len(blocks_of(GUIDE)) == text.count(b"```python") == 17


def test_a_block_that_is_not_there_cannot_be_claimed() -> None:
    with pytest.raises(LookupError, match="no Python block 2 under 'Counting objects'"):
        find(GUIDE, "Counting objects", 2)


def test_the_names_a_block_leaves_open_are_told() -> None:
    assert find(GUIDE, "Concurrent Queries", 1).open_names() == {
        *["CanvasCourse", "CanvasEnrollment", "CanvasAssignment", "CanvasSubmission"],
    }


async def test_a_name_too_many_is_refused() -> None:
    with pytest.raises(AssertionError, match="leaves open"):
        await Block("page", "Heading", 1, 0, "answer = 42\n").run({"answer": 41})


async def test_a_synchronous_query_in_an_async_part_is_refused(db: None) -> None:
    code = "# Async version\nfound = CanvasCourse.objects.count()"
    with pytest.raises(SynchronousOnlyOperation):
        await Block("page", "Heading", 1, 0, code).run({"CanvasCourse": CanvasCourse})


async def test_an_error_names_the_line_of_the_page() -> None:
    with pytest.raises(ZeroDivisionError) as failure:
        await Block("page.md", "Heading", 1, 40, "one = 1\none / 0\n").run({})
    last = failure.traceback[-1]
    assert f"{last.path}:{last.lineno + 1}".endswith("page.md:42")
