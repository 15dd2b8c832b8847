"""Django's view of `canvas`: the app that owns the mirrored tables."""

from django.apps import AppConfig


class CanvasConfig(AppConfig):
    name = "canvas"
    label = "canvas"
    verbose_name = "Canvas mirror"
    default_auto_field = "django.db.models.BigAutoField"
