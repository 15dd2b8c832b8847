"""The envelope of an event: who, when, where, and ids as Live Events write them (6.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulator.world.world import ROOT_ACCOUNT_ID, World

SHARD = 2107
SHARD_SIZE = 10**13
ISSUER = "https://live-events.canvas.instructure.com"
TEXT_LIMIT = 8192
HOST = "fixture.instructure.example"
Body = dict[str, Any]
Event = dict[str, Any]


def global_id(row_id: int | None) -> str | None:
    """An id with its shard, as text; one of another shard has it already."""
    if row_id is None:
        return None
    return str(row_id if row_id > SHARD_SIZE else SHARD * SHARD_SIZE + row_id)


def local_id(row_id: int | None) -> str | None:
    """An id as the REST API has it, as text."""
    return None if row_id is None else str(row_id)


def cut(text: str | None) -> str | None:
    """A text as long as events carry it."""
    if text is None or len(text) <= TEXT_LIMIT:
        return text
    return f"{text[: TEXT_LIMIT - 3]}..."


def stamp(seconds: float) -> str:
    """An instant with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def metadata(world: World, name: str) -> dict[str, Any]:
    """What every event says of itself, in the world's own time."""
    root = world.accounts[ROOT_ACCOUNT_ID]
    return {
        "event_name": name,
        "event_time": stamp(world.clock.now_s()),
        "producer": "canvas",
        "root_account_id": global_id(root.id),
        "root_account_uuid": root.uuid,
        "root_account_lti_guid": root.lti_guid,
    }


def of_request(world: World, *, number: int, user_id: int, course_id: int | None) -> dict[str, Any]:
    """What an event adds that somebody caused in the browser: names of a person, addresses.

    `number` tells its request from all others of the world.
    """
    user = world.users[user_id]
    told: dict[str, Any] = {
        "user_id": global_id(user.id),
        "user_login": user.login_id,
        "user_sis_id": user.sis_user_id,
        "user_account_id": global_id(ROOT_ACCOUNT_ID),
        "real_user_id": None,
        "request_id": _unique(world, "request", number),
        "session_id": _unique(world, "session", user.id).replace("-", ""),
        "hostname": HOST,
        "http_method": "PUT",
        "url": f"https://{HOST}/",
        "user_agent": "Mozilla/5.0 (simulated)",
        "client_ip": "192.0.2.10",
        "time_zone": user.time_zone,
    }
    if course_id is not None:
        told |= {"context_type": "Course", "context_id": global_id(course_id)}
        told |= {"context_role": _role(world, user_id)}
    return told


def _role(world: World, user_id: int) -> str:
    return "TeacherEnrollment" if user_id == world.teacher_id else "StudentEnrollment"


def of_job(world: World, *, number: int, tag: str) -> dict[str, Any]:
    """What an event adds that a background job caused: no person, no address."""
    return {"job_id": _unique(world, "job", number), "job_tag": tag}


def _unique(world: World, kind: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{world.preset}:{world.seed}:{kind}:{number}"))
