"""One story: a new world, an empty mirror, and what happens to both, step by step."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from canvas.models import CanvasIntegration
from management.verifying import verify_course
from simulator import Canvas
from sync.models import Run, Watermark
from sync.report import RunReport
from sync.verify.result import Verification
from tests.acceptance.driver import TOKEN
from tests.acceptance.random_worlds import tables, truth
from tests.acceptance.random_worlds.changes import CHANGES, COURSE
from tests.acceptance.random_worlds.child import sync_to_be_killed
from tests.acceptance.random_worlds.steps import (
    HIDING,
    Change,
    Killed,
    Quiet,
    Step,
    Stopped,
    Sync,
)
from tests.acceptance.random_worlds.syncing import INTEGRATION, Onlooker, carry_out
from tests.acceptance.random_worlds.waiting import Waiting
from workers.bridge import bridge
from workers.wiring import Unwatched

STEP_S = 40.0  # what a step takes by Canvas's clock
_BUGS = frozenset({"", "database", "database_down", "database_full"})


@dataclass(slots=True)
class Story:
    """`known` is what the mirror begins with, `courses` are those that it has been asked for.

    Since the last quiet sync: `lies` is how many answers were falsified, `has_begun` whether any
    sync was, and `is_mixed` whether something changed after that. `happened` says what the steps
    came to, for whoever reads of a failure.
    """

    canvas: Canvas
    known: tables.Rows = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)
    courses: set[int] = field(default_factory=lambda: {COURSE})
    waiting: Waiting = field(default_factory=Waiting)
    lies: int = 0
    has_begun: bool = False
    is_mixed: bool = False

    def begin(self) -> None:
        self.canvas.reset()
        tables.empty_database()
        tables.fill(self.known)
        self._connect()

    def do(self, step: Step) -> None:
        self.canvas.world.clock.advance(STEP_S)
        self._connect()
        match step:
            case Change():
                self._change(step)
            case Sync():
                self._disturbed(step)
            case Quiet():
                self._quiet(step)

    def _quiet(self, step: Quiet) -> None:
        """The new home first: a section that moved is found there before it is missed."""
        for course in sorted(self.courses, reverse=True):
            self._sync_quietly(course, how="full" if course in self.waiting else step.how)
        for course in sorted(self.courses):
            self._insist_on_equality(course)
        self.waiting.begin_anew()
        self.lies, self.has_begun, self.is_mixed = 0, False, False

    def _sync_quietly(self, course: int, *, how: str) -> None:
        """A run that is gone on with and has read a part before the last change is not the one."""
        report, went_on = self._watched(Sync(how=how, course=course))
        if went_on and (self.is_mixed or self.lies):
            report, _ = self._watched(Sync(how=how, course=course))
        is_full = how != "plain"
        for is_last in (False, True):
            if report.state == Run.State.HELD:
                is_full = True
                report, _ = self._watched(Sync(how="accept", course=course))
            assert report.state == Run.State.SUCCEEDED, report.error
            if is_last or not self._full_is_due(course):
                break
            report, _ = self._watched(Sync(how=how, course=course))
        self.waiting.is_over(course, full=is_full)

    def _disturbed(self, step: Sync) -> None:
        for trouble in step.troubles:
            self.canvas.faults.add(trouble.kind, trouble.path, times=trouble.times, **trouble.more)
            self.lies += trouble.lies
            if trouble.kind in HIDING:
                self.waiting.left_out(step.course)
        self.has_begun = True
        before = tables.all_rows() if step.how == "rehearse" else None
        self._watched(step)
        assert before is None or before == tables.all_rows(), "a rehearsal has written"
        self.canvas.faults.clear()
        if step.how != "rehearse":
            self.courses.add(step.course)

    def _watched(self, step: Sync) -> tuple[RunReport, bool]:
        """The sync, after which nothing may be gone that Canvas had all the time."""
        world = self.canvas.world
        ended, listed = truth.ended(), truth.listed(world, step.course)
        came_to = self._run(step)
        gone = truth.newly(truth.ended(), ended)
        now_listed = truth.listed(world, step.course)
        throughout = {name: ids & now_listed[name] for name, ids in listed.items()}
        if self.lies < 2:
            wrong = truth.ended_wrongly(gone, throughout)
            assert not wrong, f"Canvas has what ended in the mirror: {wrong}"
        assert step.how == "accept" or not (told := truth.large_drop(gone)), told
        return came_to

    def _run(self, step: Sync) -> tuple[RunReport, bool]:
        if isinstance(step.end, Killed):
            status = sync_to_be_killed(step)
            self.happened.append(f"{step.how} of {step.course}: a child ended with {status}")
            return RunReport(run=None, integration=None, course=0, state=Run.State.RUNNING), False
        went_on: list[str] = []
        onlooker = Onlooker(
            stop_after=step.end.pages if isinstance(step.end, Stopped) else None,
            meanwhile=(lambda: self._change(step.meanwhile)) if step.meanwhile else None,
        )
        report = carry_out(step, onlooker, note=went_on.append)
        code = report.error.code if report.error else "none"
        modes = set(report.modes.values())
        self.happened.append(
            f"{step.how} of {step.course}: {report.state} {code} {modes} {went_on}"
        )
        assert code not in _BUGS, report.error
        self.waiting.read(report)
        return report, bool(went_on)

    def _change(self, step: Change | None) -> None:
        if step is None:
            return
        chance = random.Random(step.chance)
        try:
            fields = CHANGES[step.op](self.canvas.world, chance)
        except (IndexError, ValueError):
            self.happened.append(f"{step.op}: there is nothing it could be done to")
            return
        self.canvas.mutate(step.op, **fields)
        self.is_mixed |= self.has_begun
        self.waiting.happened(step.op, fields, self.canvas.world)
        self.happened.append(f"{step.op} {fields}")

    def _connect(self) -> None:
        """Store the token, again where Canvas seemed to refuse it."""
        integration = CanvasIntegration.objects.filter(name=INTEGRATION).first()
        if integration is None or integration.paused_at:
            integration = integration or CanvasIntegration(name=INTEGRATION)
            integration.base_url = self.canvas.url
            integration.set_token(TOKEN)
            integration.save()

    def _full_is_due(self, course: int) -> bool:
        """The run met what only a full reading settles, and has said so (docs/freshness.md)."""
        marks = Watermark.objects.filter(integration__name=INTEGRATION, course=course)
        return marks.exclude(full_because="").exists()

    def _insist_on_equality(self, course: int) -> None:
        work = verify_course(course, integration=INTEGRATION, watch=Unwatched())
        found = bridge.run(work)
        assert found.ok, "\n".join(wrong(found))


def wrong(found: Verification) -> list[str]:
    """`submissions: {'missing': [7], …}` for each resource that differs, and what was not read."""
    tallies = [f"{name}: {t.as_json()}" for name, t in found.resources.items() if not t.ok]
    return [*tallies, *(f"{name} not read: {why}" for name, why in found.unread.items())]
