"""One log for structlog and the standard library: events on stderr, as columns or as JSON lines."""

import logging
from typing import Any

import structlog
from structlog.typing import Processor

from settings.env import wants_colour
from settings.redaction import redact

# httpx and httpcore write every address at INFO; ours are logged by the client, without secrets.
# Celery tells three times of every tick; what a task does is logged by us.
_QUIET_LOGGERS = (
    *("aiohttp", "httpx", "httpcore", "asyncio", "urllib3", "canvasapi"),
    *("celery.worker.strategy", "celery.app.trace"),
)


class FirstLine(logging.Filter):
    """Of what is logged its first line. beat adds its whole stack, at every tick without broker."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = record.exc_text = None
        return True


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING for `style` console or json; configures structlog as well."""
    # A line that cannot be written would be printed with its raw, unredacted arguments.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"first_line": {"()": FirstLine}},
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_shared(), structlog.stdlib.ExtraAdder()],
                "processors": _rendering(style),
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "events",
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "django.db.backends": {"level": "INFO"},  # DEBUG would log rows of people
            **{name: {"level": "WARNING"} for name in _QUIET_LOGGERS},
            "celery.beat": {"level": "WARNING", "filters": ["first_line"]},
        },
    }


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]


def _rendering(style: str) -> list[Processor]:
    # Tracebacks become text without local variables, then secrets go, then the line is written.
    ending: list[Processor] = [structlog.processors.format_exc_info, redact]
    if style == "json":
        return [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *ending,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ]
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *ending,
        structlog.dev.ConsoleRenderer(
            colors=wants_colour(),
            exception_formatter=structlog.dev.plain_traceback,
            timestamp_key="at",
        ),
    ]
