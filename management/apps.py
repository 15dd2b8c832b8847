"""Django's view of `management`: the app that owns the commands."""

from django.apps import AppConfig


class ManagementConfig(AppConfig):
    name = "management"
    label = "management"
    verbose_name = "Operation"
    default_auto_field = "django.db.models.BigAutoField"
