"""Names and messages from elsewhere are shown as they are, never read as markup."""

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from canvas.client.probe import ProbeFinding
from canvas.models import CanvasIntegration
from management.tables import findings_table, report_table, runs_table, traffic_line
from sync.census import ResourceCounts
from sync.models import Run
from sync.report import RunReport

FOREIGN = "[/x] [red]n[/red]"
REPORT = RunReport(
    run=1,
    integration=FOREIGN,
    course=101,
    state=Run.State.SUCCEEDED,
    resources={"courses": ResourceCounts(seen=1)},
)
RUN = Run(pk=1, integration=CanvasIntegration(name=FOREIGN), course=101)
FINDING = ProbeFinding(name="account", ok=False, detail=FOREIGN, next_step=f"{FOREIGN}?")


def shown(table: RenderableType) -> str:
    text = StringIO()
    Console(file=text, width=300).print(table)
    return text.getvalue()


@pytest.mark.parametrize(
    "table", [report_table(REPORT), runs_table([RUN]), findings_table([FINDING])]
)
def test_a_foreign_text_that_looks_like_markup_is_shown_letter_by_letter(
    table: RenderableType,
) -> None:
    assert FOREIGN in shown(table)


def test_a_next_step_that_looks_like_markup_is_shown_letter_by_letter() -> None:
    assert f"{FOREIGN}?" in shown(findings_table([FINDING]))


def test_what_was_counted_on_the_wire_is_one_line() -> None:
    traffic = {"bytes": 1_234_567, "cost": 3.1, "retries": 2, "verdicts": {"ok": 40, "retry": 2}}
    assert traffic_line(traffic) == (
        "on the wire: 1.2 MB, cost 3.1, 2 retried; answers: 40 ok, 2 retry"
    )


def test_a_run_that_asked_nothing_has_a_line_too() -> None:
    assert traffic_line({"bytes": 0}) == "on the wire: 0.0 MB, cost 0; answers: none"
