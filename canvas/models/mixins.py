"""AsyncModelMixin: every mirrored model answers async queries through one queryset."""

from __future__ import annotations

from django.db import models

from canvas.models.querysets import MirrorQuerySet


class AsyncModelMixin(models.Model):
    """Gives a model the async terminals and chainable filters of `MirrorQuerySet` as `objects`."""

    objects = MirrorQuerySet.as_manager()

    class Meta:
        abstract = True
