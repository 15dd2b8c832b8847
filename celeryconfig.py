"""Settings of the Celery app `workers.app`; the broker is BROKER_URL, or else REDIS_URL.

The database is the ledger: a message carries an id and nothing else, so no result is kept and a
message that comes twice does no harm. Why each figure is what it is: docs/adr/0005-queue.md.
"""

from django.conf import settings

from settings.env import one_line_refusal

with one_line_refusal("celery"):
    broker_url = str(settings.BROKER_URL) or "redis://127.0.0.1:6379/0"
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a broker that is away for a night is no reason to end

accept_content = ["json"]
task_serializer = "json"
task_ignore_result = True

# A worker that dies gives its message back (measured: acks_late alone loses it).
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
worker_cancel_long_running_tasks_on_connection_loss = False  # the run does not need the broker

# Below the visibility timeout, so that no message is given to a second worker while the first is
# at it. A run that is cut off goes on in the next task where it was.
task_soft_time_limit = 50 * 60  # seconds
task_time_limit = 55 * 60
VISIBILITY_TIMEOUT_S = 60 * 60
if broker_url.startswith(("redis://", "rediss://", "unix://")):
    broker_transport_options = {
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        # Messages of a worker that was killed come back after seconds instead of minutes.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "retry_on_timeout": True,
        # Who sends is told at once that nobody is there: the ledger has it, and a tick sends again.
        "max_retries": 1,
        "interval_start": 0,
        "interval_max": 0.2,
    }

worker_max_memory_per_child = settings.WORKER_MEMORY_MIB * 1024  # KiB; looked at between tasks
# SIGTERM ends every run after its current page (workers.stopping); then there is this long.
worker_soft_shutdown_timeout = 20.0
worker_enable_soft_shutdown_on_idle = False
worker_hijack_root_logger = False

task_default_queue = "scheduled"
task_create_missing_queues = True
task_routes = {
    "workers.tasks.tick": {"queue": "realtime"},
    "workers.tasks.reconcile": {"queue": "realtime"},
    "workers.tasks.drain_webhooks": {"queue": "realtime"},
    "workers.tasks.sync_integration": {"queue": "scheduled"},
    "workers.tasks.prune": {"queue": "scheduled"},
}
timezone = "UTC"

# One static entry: what is due is in the database, and a second beat finds it taken. The plain
# scheduler keeps no file that could be spoilt or be a day off.
beat_scheduler = "celery.beat:Scheduler"
beat_schedule = {
    "tick": {"task": "workers.tasks.tick", "schedule": float(settings.TICK_SECONDS)},
}
