"""Django's view of `canvas`: the app that owns the mirrored tables."""

from django.apps import AppConfig
from django.core import checks


class CanvasConfig(AppConfig):
    name = "canvas"
    label = "canvas"
    verbose_name = "Canvas mirror"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from canvas.checks import check_databases
        from canvas.models import aio  # models can be imported from here on, not before

        aio.install()
        checks.register(check_databases)
