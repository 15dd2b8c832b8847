"""What `up` was asked for, and which Canvas it means: a stored one, the environment's, or none."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from django.conf import settings

from canvas.models import CanvasIntegration
from management.database import prepare_database
from management.errors import usage

SIMULATOR: Final = "simulator"
LOCAL: Final = "settings.local"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOrder:
    """`workers`: processes that sync. `simulator`: True and False are said, None is found out."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    simulator: bool | None = None

    @property
    def shown_host(self) -> str:
        """A host that a browser of this machine can ask."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    @property
    def url(self) -> str:
        return f"http://{self.shown_host}:{self.port}"

    def webhook(self, integration: CanvasIntegration) -> str:
        """Where the Live Events of an integration go."""
        return f"{self.url}/webhooks/canvas/{integration.uuid}/"


def wants_simulator(order: UpOrder) -> bool:
    """Said, or nothing else is known. Raises CommandStopped where it cannot be.

    Simulated rows are never mixed with those of a real Canvas.
    """
    if order.simulator is False:
        return False
    if order.simulator and (is_default_database() or is_simulators_database()):
        return True  # it has, or will have, a database of its own
    real = _stored_but_simulator()
    if order.simulator and real:
        raise usage(
            f"this database mirrors {real[0].base_url}, and the simulator needs one of its own",
            next_step="unset DATABASE_URL, or name a new database",
        )
    return bool(order.simulator) or not (settings.CANVAS_URL or real)


def is_default_database() -> bool:
    """Whether it is the one that is used where none is named."""
    return Path(settings.DATABASES["default"]["NAME"]) == settings.VAR_DIR / "mirror.sqlite3"


def simulators_database() -> Path:
    """The file it has where no database is named."""
    return Path(settings.VAR_DIR) / "simulator.sqlite3"


def is_simulators_database() -> bool:
    return Path(settings.DATABASES["default"]["NAME"]) == simulators_database()


def _stored_but_simulator() -> list[CanvasIntegration]:
    """The file of a database is not made only to find nothing in it."""
    place = settings.DATABASES["default"]
    if place["ENGINE"].endswith("sqlite3") and not Path(place["NAME"]).exists():
        return []
    prepare_database()
    return list(CanvasIntegration.objects.exclude(name=SIMULATOR))


def refuse_open_pages(order: UpOrder) -> None:
    """Raise CommandStopped for pages that would go over a network in the clear."""
    if settings.PRODUCTION or settings.DEBUG or _is_this_machine(order.host):
        return
    raise usage(
        f"--host {order.host}: without SECRET_KEY the pages are for this machine only",
        next_step="set SECRET_KEY, FIELD_KEYS, ALLOWED_HOSTS (docs/deploy.md), or leave out --host",
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
