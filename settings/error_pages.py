"""What Django's pages and mails about an unexpected error show: never the value of a variable.

A token is an ordinary argument of many functions, and Django shows them all where DEBUG is on.
"""

import re
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NoValues(SafeExceptionReporterFilter):
    """Names and source lines stay; values of frames, forms and secret settings do not."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern
        + "|DATABASE|REDIS|BROKER|SESSION|COOKIE|CANVAS_",
        re.IGNORECASE,
    )

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        return [(name, self.cleansed_substitute) for name in sorted(tb_frame.f_locals)]

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        return dict.fromkeys(request.POST if request else (), self.cleansed_substitute)
