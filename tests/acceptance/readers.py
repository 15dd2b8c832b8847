"""All listings of a course, read by others than the product: a bare client, and canvasapi."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import httpx
from canvasapi import Canvas as CanvasApi
from canvasapi.canvas_object import CanvasObject

from sync.plan import PLAN, Source
from sync.transform.rows import Scope
from tests.acceptance.records import Listings, Payload


def read_bare(url: str, token: str, *, course: int) -> Listings:
    """Every listing of the plan, page by page, with nothing done to it."""
    found: Listings = {}
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "acceptance tests"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        for source in PLAN:
            parents = [parent["id"] for parent in found[source.per]] if source.per else [None]
            found[source.name] = [
                payload
                for parent in parents
                for payload in _pages(client, source, Scope(course=course, parent=parent))
            ]
    return found


def _pages(client: httpx.Client, source: Source, scope: Scope) -> Iterable[Payload]:
    params = httpx.QueryParams([*source.params, ("per_page", "7")])
    url: str | None = f"{source.path_for(scope)}?{params}"
    while url:
        answer = client.get(url).raise_for_status()
        body = answer.json()
        yield from body if isinstance(body, list) else [body]
        url = answer.links.get("next", {}).get("url")


def read_with_canvasapi(url: str, token: str, *, course: int, page_size: int = 100) -> Listings:
    """The same, asked for in the same words, through the methods of the real canvasapi."""
    asked = {source.name: _keywords(source) for source in PLAN}

    def listed(listing: Any) -> list[Any]:
        listing._next_params["per_page"] = page_size  # given as a keyword it is sent beside 100
        return list(listing)

    there = CanvasApi(url, token).get_course(course, **asked["course"])
    categories = listed(there.get_group_categories())
    groups = [group for category in categories for group in listed(category.get_groups())]
    found: dict[str, Iterable[Any]] = {
        "course": [there],
        "sections": listed(there.get_sections(**asked["sections"])),
        "enrollments": listed(there.get_enrollments(**asked["enrollments"])),
        "group_categories": categories,
        "groups": groups,
        "group_memberships": [one for group in groups for one in listed(group.get_memberships())],
        "assignment_groups": listed(there.get_assignment_groups(**asked["assignment_groups"])),
        "assignments": listed(there.get_assignments(**asked["assignments"])),
        "submissions": listed(there.get_multiple_submissions(**asked["submissions"])),
        "quizzes": listed(there.get_quizzes()),
        "new_quizzes": listed(there.get_new_quizzes()),
        "rubrics": listed(there.get_rubrics()),
    }
    assert set(found) == set(asked), "the plan has a listing that canvasapi is not asked for"
    return {source: [_payload(one, source) for one in objects] for source, objects in found.items()}


def _keywords(source: Source) -> dict[str, Any]:
    """Parameters as canvasapi takes them: `include[]` twice is one list called include."""
    words: dict[str, Any] = {}
    for name, value in source.params:
        if name.endswith("[]"):
            words.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            words[name] = value
    return words


def _payload(thing: CanvasObject, source: str) -> Payload:
    """The fields Canvas sent, without what canvasapi adds to some kinds of object."""
    sent = _fields(thing)
    if source in ("submissions", "quizzes", "new_quizzes", "rubrics", "assignment_groups"):
        sent.pop("course_id")
    if source == "submissions" and sent["attachments"] == []:
        del sent["attachments"]
    return sent


def _fields(thing: CanvasObject) -> Payload:
    """Without the requester, and without the twins in `…_date` of what looks like a time."""
    return {
        name: _plain(value)
        for name, value in vars(thing).items()
        if name != "_requester" and not isinstance(value, dt.datetime)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return _fields(value) if isinstance(value, CanvasObject) else value
