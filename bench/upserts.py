"""Submissions into both databases: a loop, Django's bulk operations, the database's own way.

    python -m tests.servers -- python -m bench.upserts [--rows 50000] [--repeats 2]

Prints one JSON document; only its ratios travel between machines. Every figure is the best of
several turns in microseconds per row, the ways taking turns, so that a machine that slows down
slows all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import django

ROOT = Path(__file__).resolve().parent.parent
# How many rows of the batch differ, as "every n-th".
CASES = {"new": 0, "unchanged": 0, "changed_2_percent": 50, "changed_100_percent": 1}

Work: TypeAlias = Callable[[list[dict[str, Any]]], object]
Figures: TypeAlias = dict[str, dict[str, float]]


def main() -> None:
    options = _options()
    if options.measure:
        document = _measure(options)
    else:
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
            measured = [_in_a_child(url) for url in (os.environ["DATABASE_URL"], sqlite)]
        document = {one.pop("database"): one for one in measured}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--sample", type=int, default=1_000, help="rows of the loop")
    parser.add_argument("--measure", action="store_true", help="only the database in DATABASE_URL")
    return parser.parse_args()


def _in_a_child(url: str) -> dict[str, Any]:
    """A process has one database: settings are read once."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.upserts", *sys.argv[1:], "--measure"],
        stdout=subprocess.PIPE,
        env=os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"},
        cwd=ROOT,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.submissions import Gradebook, bare_insert, empty_table, hash_read, settle
    from canvas.models import CanvasIntegration
    from canvas.models.upsert.writers import PortableWriter, writer_for

    call_command("migrate", verbosity=0)
    if CanvasIntegration.objects.exists():
        sys.exit("bench.upserts: DATABASE_URL is a mirror in use; name an empty database")
    book = Gradebook()
    own: dict[str, float] = {}
    figures: Figures = {"loop": {}, "portable": {}, "own": own, "floor": {}}
    _best(figures["loop"], _loop, book, count=options.sample)
    for _ in range(options.repeats):
        rows = book.rows(options.rows)
        empty_table()
        _keep(figures["floor"], "bare_insert", _timed(bare_insert, rows))
        _best(figures["portable"], _upserts(PortableWriter()), book, count=options.rows)
        _best(own, _upserts(writer_for("default")), book, count=options.rows)
        settle()
        for _ in range(3):
            _keep(figures["floor"], "hash_read", _timed(hash_read, rows))
    return {
        "database": connection.vendor,
        "rows": options.rows,
        "rows_of_the_loop": options.sample,
        "us_per_row": figures,
        "rows_per_s": {way: _per_second(of) for way, of in figures.items()},
        "ratios": _ratios(figures),
    }


def _best(kept: dict[str, float], work: Work, book: Any, *, count: int) -> None:
    """All cases from an empty table on, each best time kept."""
    from bench.submissions import empty_table, settle

    empty_table()
    for turn, (case, every) in enumerate(CASES.items()):
        rows = book.rows(count, every=every, turn=turn)
        _keep(kept, case, _timed(work, rows))
        if case == "new":
            settle()


def _timed(work: Work, rows: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    work(rows)
    return (time.perf_counter() - began) / len(rows) * 1e6


def _keep(kept: dict[str, float], name: str, us: float) -> None:
    kept[name] = round(min(us, kept.get(name, us)), 1)


def _upserts(writer: Any) -> Work:
    from bench.submissions import batches
    from canvas.models import CanvasSubmission
    from canvas.models.upsert import upsert

    def write(rows: list[dict[str, Any]]) -> None:
        for batch in batches(rows):
            upsert(CanvasSubmission, batch, writer=writer)

    return write


def _loop(rows: list[dict[str, Any]]) -> None:
    asyncio.run(_update_or_create(rows))


async def _update_or_create(rows: list[dict[str, Any]]) -> None:
    from canvas.models import CanvasSubmission

    for row in rows:
        await CanvasSubmission.objects.aupdate_or_create(
            integration_id=row["integration_id"], canvas_id=row["canvas_id"], defaults=row
        )


def _per_second(figures: dict[str, float]) -> dict[str, int]:
    return {case: round(1e6 / us) for case, us in figures.items()}


def _ratios(figures: Figures) -> dict[str, float]:
    own, floor = figures["own"], figures["floor"]
    ratios = {
        f"{way}_to_own_{case}": figures[way][case] / own[case]
        for way in ("loop", "portable")
        for case in CASES
    }
    ratios["own_new_to_bare_insert"] = own["new"] / floor["bare_insert"]
    ratios["own_unchanged_to_hash_read"] = own["unchanged"] / floor["hash_read"]
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


if __name__ == "__main__":
    main()
