"""A sync as it goes on, on a terminal's stderr; silent where nobody can see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """One line a resource, a check mark for the finished ones; gone when the result is shown."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False)
        self._tasks: dict[str, TaskID] = {}
        self._rows: dict[str, int] = {}
        self._bars = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=20, pulse_style="cyan"),
            TextColumn("{task.fields[rows]:>9,} rows  {task.fields[pages]:>5,} pages"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not _seen(console),
        )

    @property
    def is_seen(self) -> bool:
        """Whether anybody can see it."""
        return not self._bars.disable

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For a line of the result among several courses; then the next one begins anew."""
        self._bars.stop()
        for task in self._bars.task_ids:
            self._bars.remove_task(task)
        yield
        self._bars.start()

    def started(self, source: str) -> None:
        self._tasks[source] = self._bars.add_task(escape(source), total=None, rows=0, pages=0)

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        task = self._bars.tasks[self._bars.task_ids.index(self._tasks[source])]
        self._bars.update(
            self._tasks[source],
            rows=task.fields["rows"] + rows,
            pages=task.fields["pages"] + pages,
        )

    def finished(self, source: str, *, complete: bool) -> None:
        if complete:
            self._bars.update(self._tasks[source], total=1, completed=1)
        else:
            self._bars.update(self._tasks[source], description=f"[red]{escape(source)} ✗")


def _seen(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal and not settings.CI
