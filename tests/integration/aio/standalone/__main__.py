"""Runs every case for one configuration, read from stdin, and reports each as a line of JSON."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import time
import traceback
from typing import Any

import django
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings


def main() -> None:
    configuration = json.load(sys.stdin)
    set_up(configuration["databases"])
    from tests.integration.aio.standalone.all_cases import CASES

    make_tables()
    for case in CASES:
        if case.vendor in (None, configuration["vendor"]):
            began = time.monotonic()
            report = {"case": case.name} | _outcome(case.body, eager=configuration["eager"])
            report["seconds"] = round(time.monotonic() - began, 2)
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


def set_up(databases: dict[str, Any]) -> None:
    settings.configure(
        DATABASES=databases,
        INSTALLED_APPS=["canvas"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        FIELD_KEYS=[],
        USE_TZ=True,
        ROOT_URLCONF="tests.integration.aio.site",
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def make_tables() -> None:
    from django.apps import apps
    from django.db import connections

    for alias in ("default", "other"):
        with connections[alias].schema_editor() as editor:
            for model in apps.get_app_config("canvas").get_models():
                editor.create_model(model)
    connections.close_all()


def _outcome(body: Any, *, eager: bool) -> dict[str, Any]:
    from canvas.models.aio.pool import pool

    _clear()
    try:
        note = _finished(body, eager=eager)
        assert pool.busy == 0, f"{pool.busy} threads were not given back"
    except BaseException:  # noqa: BLE001  whatever it is, it is this case's failure
        return {"failure": traceback.format_exc(), "note": None}
    return {"failure": None, "note": note}


def _finished(body: Any, *, eager: bool) -> str | None:
    """A coroutine function gets a new event loop; others start what they need themselves."""
    if not inspect.iscoroutinefunction(body):
        note: str | None = body()
        return note
    return asyncio.run(_within_patience(body, eager=eager))


async def _within_patience(body: Any, *, eager: bool) -> str | None:
    from django.db import close_old_connections

    if eager:
        make_eager = getattr(asyncio, "eager_task_factory")  # noqa: B009  from Python 3.12 on
        asyncio.get_running_loop().set_task_factory(make_eager)
    await sync_to_async(close_old_connections)()  # on asgiref's thread, which outlives the cases
    note: str | None = await asyncio.wait_for(asyncio.create_task(body()), 60)
    return note


def _clear() -> None:
    from django.db import connections

    from canvas.models import CanvasTerm

    connections.close_all()  # the case before may have killed the server's end
    for alias in ("default", "other"):
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DELETE FROM {CanvasTerm._meta.db_table}")
    connections.close_all()


if __name__ == "__main__":
    main()
