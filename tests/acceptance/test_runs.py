"""`runs` shows what was synced, when, and what it came to."""

import datetime as dt

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result

SUMMARY = [
    *("run", "integration", "course", "state", "started_at", "finished_at", "seconds", "requests")
]


@pytest.fixture(scope="module")
def story(new_mirror: NewMirror) -> tuple[Mirror, Result, Result]:
    """A mirror with a good run and, after it, one that set a record aside."""
    with start("tiny") as canvas:
        mirror = new_mirror(canvas.url)
        good = mirror.sync("101")
        canvas.faults.add("bad_record", "/sections", record={"id": 7, "name": ["no", "text"]})
        return mirror, good, mirror.sync("101")


Story = tuple[Mirror, Result, Result]


def test_the_list_has_the_newest_run_first(story: Story) -> None:
    listed = story[0].manage("runs", "list", "--json").report
    assert [(run["run"], run["state"]) for run in listed] == [(2, "partial"), (1, "succeeded")]
    for run in listed:
        assert list(run) == SUMMARY
        began, ended = (
            dt.datetime.fromisoformat(run[f"{name}_at"]) for name in ("started", "finished")
        )
        assert began < ended
        assert began.utcoffset() == dt.timedelta(0)


def test_a_run_shows_the_report_it_ended_with(story: Story) -> None:
    mirror, good, _ = story
    shown = mirror.manage("runs", "show", "1", "--json")
    assert shown.code == 0
    found = shown.report
    traffic, modes = found.pop("traffic"), found.pop("modes")
    assert modes == dict.fromkeys(found["resources"], "full")
    assert found == good.report | {"rejects": []}
    assert sum(traffic["verdicts"].values()) == good.report["requests"]
    assert traffic["bytes"] > 10_000
    assert traffic["cost"] > 0


def test_a_run_shows_what_it_set_aside_and_why(story: Story) -> None:
    mirror, _, bad = story
    shown = mirror.manage("runs", "show", "2", "--json").report
    (reject,) = shown.pop("rejects")
    assert shown.pop("traffic")["verdicts"]["ok"] > 0
    assert shown.pop("modes")["submissions"] == "updated_since"
    assert shown == bad.report
    assert (reject["source"], reject["table"], reject["canvas_id"]) == ("sections", "sections", "7")
    assert "name" in reject["reason"]


def test_people_see_tables(story: Story) -> None:
    mirror = story[0]
    listed, shown = mirror.manage("runs"), mirror.manage("runs", "show", "2")
    assert "partial" in listed.stdout
    assert "set aside: sections 7" in shown.stdout
    assert "{" not in listed.stdout


@pytest.mark.parametrize("arguments", [("show", "99"), ("show",), ("list", "1"), ("show", "x")])
def test_what_is_no_run_is_said_in_one_line(story: Story, arguments: tuple[str, ...]) -> None:
    said = story[0].manage("runs", *arguments, "--json")
    assert said.code == 2
    assert len(said.complaints) == 1
    assert set(said.report["error"]) == {"code", "cause", "effect", "next_step"}


def test_an_empty_ledger_is_no_error(canvas: Canvas, mirror: Mirror) -> None:
    listed = mirror.manage("runs", "list", "--json")
    assert (listed.code, listed.report) == (0, [])
    assert "sync_course" in mirror.manage("runs").stderr
