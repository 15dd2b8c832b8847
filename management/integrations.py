"""Which Canvas a command means: a stored integration, or the one the environment names."""

from __future__ import annotations

from typing import Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import IntegrityError, transaction

from canvas.client import parse_base_url
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration
from management.errors import canvas_failed, usage
from workers.schedule import ensure_schedule

DEFAULT: Final = "default"


async def find_integration(name: str | None) -> CanvasIntegration:
    """The stored integration called `name`; without a name `default`, or the only one there is.

    When none is stored, one made of CANVAS_URL that is not stored yet (`pk` None).
    Raises CommandStopped.
    """
    await refuse_unknown(name)
    stored = {one.name: one async for one in CanvasIntegration.objects.all()}
    if name in stored:
        return stored[name]
    if not stored:
        return _from_environment()
    chosen = stored.get(DEFAULT) or (next(iter(stored.values())) if len(stored) == 1 else None)
    if chosen is None:
        raise usage(
            f"several integrations are stored: {', '.join(sorted(stored))}",
            next_step="name one with --integration",
        )
    if name is None:
        _refuse_other_address(chosen)
    return chosen


async def refuse_unknown(name: str | None) -> None:
    """Raise CommandStopped for a name no integration has; `default` need not be stored first."""
    stored = {one.name async for one in CanvasIntegration.objects.all()}
    if not name or name in stored or (name == DEFAULT and not stored):
        return
    raise usage(
        f"no integration is called {name} (stored: {', '.join(sorted(stored)) or 'none'})",
        next_step=f"store it with 'manage.py connect {name} --url URL'",
    )


def _from_environment() -> CanvasIntegration:
    if not settings.CANVAS_URL:
        raise usage(
            "no Canvas is known yet: no integration is stored and CANVAS_URL is not set",
            next_step="set CANVAS_URL and CANVAS_TOKEN, or run 'manage.py connect NAME --url URL'",
        )
    if not settings.CANVAS_TOKEN:
        raise usage("CANVAS_TOKEN is not set", next_step="set CANVAS_TOKEN or CANVAS_TOKEN_FILE")
    return CanvasIntegration(
        name=DEFAULT,
        base_url=address(settings.CANVAS_URL),
        account_id=settings.CANVAS_ACCOUNT_ID,
    )


def address(url: str) -> str:
    """The base URL in its one spelling. Raises CommandStopped for one that cannot be used."""
    try:
        return str(parse_base_url(url, allow_insecure=settings.CANVAS_ALLOW_INSECURE))
    except CanvasError as error:
        raise usage(error.cause, next_step=error.next_step) from error


def _refuse_other_address(chosen: CanvasIntegration) -> None:
    """CANVAS_URL naming another Canvas than the stored one must not be passed over in silence."""
    if not settings.CANVAS_URL:
        return
    secure = settings.CANVAS_ALLOW_INSECURE
    named = parse_base_url(address(settings.CANVAS_URL), allow_insecure=secure)
    if named != parse_base_url(chosen.base_url, allow_insecure=True):
        raise usage(
            f"CANVAS_URL is {named}, but integration {chosen.name} of this database is "
            f"{chosen.base_url}",
            next_step=f"unset CANVAS_URL to use {chosen.name}, store the other one with "
            "'manage.py connect NAME --url URL', or use another DATABASE_URL",
        )


async def adopt(
    integration: CanvasIntegration, course: int | None = None, *, keep: bool = True
) -> CanvasIntegration:
    """Try the environment's integration on Canvas, then store it unless `keep` is false.

    With a `course`, that is tried, too. Returns the one to use: of two first syncs at once, both
    use what one of them stored. Raises CommandStopped, with nothing stored, when Canvas refuses the
    token or the course.
    """
    token = str(settings.CANVAS_TOKEN)
    try:
        await sync_to_async(_introduce, thread_sensitive=False)(integration, token, course)
        if not keep:
            return integration
        integration.set_token(token)
    except CanvasError as error:
        raise canvas_failed(error, effect="nothing was written") from error
    stored = await sync_to_async(_store)(integration)
    await ensure_schedule(stored)
    return stored


def _store(integration: CanvasIntegration) -> CanvasIntegration:
    try:
        with transaction.atomic():
            integration.save(force_insert=True)
    except IntegrityError:
        stored = CanvasIntegration.objects.get(name=integration.name)
        _refuse_other_address(stored)
        return stored
    return integration


def _introduce(integration: CanvasIntegration, token: str, course: int | None) -> None:
    from canvas.client.control import ControlPlane  # canvasapi takes 0.3 s to load

    control = ControlPlane(
        integration.base_url, token=token, allow_insecure=settings.CANVAS_ALLOW_INSECURE
    )
    control.whoami()
    if course is not None:
        control.course(course)
    integration.root_account_uuid = control.root_account_uuid(integration.account_id) or ""
