"""What a run came to so far in what is being closed, should it not come to its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace

from sync.models import Step
from sync.tables import BY_NAME, Table
from sync.target import Target


def keep_figures(
    tables: Collection[Table], complete: Mapping[str, bool], target: Target, *, ended: int = 0
) -> None:
    """Of all that is reported as one of `tables`, in one statement. Blocks.

    `complete`: table → was read whole. `ended`: rows that the census does not know yet to be
    deleted, for tables that are reported as one. A rehearsal keeps nothing.
    """
    names = {table.reported_as for table in tables}
    ours = {name: whole for name, whole in complete.items() if BY_NAME[name].reported_as in names}
    if target.run is None or not ours:
        return
    figures = {
        resource: asdict(replace(counts, deleted=counts.deleted + ended))
        for resource, counts in target.census.counts(ours).items()
    }
    Step.objects.bulk_create(
        [Step(run_id=target.run, resource=name, **one) for name, one in figures.items()],
        update_conflicts=True,
        unique_fields=["run", "resource"],
        update_fields=[*next(iter(figures.values()))],
    )
