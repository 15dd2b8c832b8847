"""The list of what may leave this process towards a Canvas; whatever is not on it does not.

A closed table of paths and a table of what no query may hold. A GET of Canvas is not always only
a read (canvas-api 7.7): what marks something as read, creates a user or starts a job is missing
here on purpose. A new source is a new row. Pure, and quick: it stands before every request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import httpx

from canvas.client.paths import template_of
from canvas.errors import ContractError

# `:id` is one segment: a number, a number of another shard, a word for one's own, or a SIS id.
READS: Final = (
    "/api/v1/accounts",
    "/api/v1/accounts/:id",
    "/api/v1/accounts/:id/courses",
    "/api/v1/accounts/:id/reports",
    "/api/v1/accounts/:id/reports/:report/:id",
    "/api/v1/accounts/:id/sub_accounts",
    "/api/v1/accounts/:id/terms",
    "/api/v1/accounts/:id/terms/:id",
    "/api/v1/accounts/:id/users",
    "/api/v1/courses",
    "/api/v1/courses/:id",
    "/api/v1/courses/:id/assignment_groups",
    "/api/v1/courses/:id/assignment_groups/:id",
    "/api/v1/courses/:id/assignments",
    "/api/v1/courses/:id/assignments/:id/anonymous_submissions/:code",
    "/api/v1/courses/:id/assignments/:id/overrides",
    "/api/v1/courses/:id/assignments/:id/submissions",
    "/api/v1/courses/:id/assignments/:id/submissions/:id",
    "/api/v1/courses/:id/discussion_topics",
    "/api/v1/courses/:id/enrollments",
    "/api/v1/courses/:id/grading_periods",
    "/api/v1/courses/:id/group_categories",
    "/api/v1/courses/:id/groups",
    "/api/v1/courses/:id/modules",
    "/api/v1/courses/:id/pages",
    "/api/v1/courses/:id/quizzes",
    "/api/v1/courses/:id/quizzes/:id",
    "/api/v1/courses/:id/rubrics",
    "/api/v1/courses/:id/rubrics/:id",
    "/api/v1/courses/:id/sections",
    "/api/v1/courses/:id/students/submissions",
    "/api/v1/courses/:id/users",
    "/api/v1/files/:id",
    "/api/v1/group_categories/:id",
    "/api/v1/group_categories/:id/groups",
    "/api/v1/groups/:id",
    "/api/v1/groups/:id/memberships",
    "/api/v1/progress/:id",
    "/api/v1/sections/:id",
    "/api/v1/sections/:id/enrollments",
    "/api/v1/users/:id",
    "/api/v1/users/:id/enrollments",
    "/api/quiz/v1/courses/:id/quizzes",
    "/api/quiz/v1/courses/:id/quizzes/:id",
    "/files/:id/download",
)
STARTS_REPORT: Final = "/api/v1/accounts/:id/reports/:report"
POSTS: Final = ("/api/graphql", "/login/oauth2/token", STARTS_REPORT)

# Whose name is in a query makes it another's request (1.6), or puts the token into logs (1.1).
FORBIDDEN_NAMES: Final = frozenset(
    (
        "access_token",
        "api_key",
        "as_user_id",
        "_method",  # Rails takes it for the real method
        "mark_as_read",
        "mark_read",
        "auto_mark_as_read",
    )
)
FORBIDDEN_INCLUDES: Final = frozenset(("read_status", "read_state"))
# Most queries are cleared by this alone: no tail of a forbidden word, and nothing spelled with
# escapes that need none. It starts with a literal each, which makes it quick (under 1 µs).
_TAILS: Final = sorted({word[word.index("_") :] for word in FORBIDDEN_NAMES | FORBIDDEN_INCLUDES})
_SUSPECT: Final = re.compile("_(?:{})".format("|".join(tail[1:] for tail in _TAILS)).encode())
_NEEDLESS_ESCAPE: Final = re.compile(rb"%(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|5f)")
_QUIET_REPORT: Final = ("parameters[skip_message]", "true")

_ID: Final = re.compile(
    r"[0-9]{1,19}|[0-9]{1,9}~[0-9]{1,19}|self|default|site_admin|current"
    r"|(?:(?:hex:)?(?:sis|lti)_[a-z0-9_]{1,30}|uuid):(?:[\w.~!$'()*+,=:@-]|%[0-9A-Fa-f]{2}){1,500}",
    re.ASCII,
)
_REPORT: Final = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)  # who hides behind it is not known
# Keys of the tree that are no words; no segment of a path can hold a slash, so none equals one.
_PLACES: Final = {"/:id": _ID, "/:report": _REPORT, "/:code": _CODE}
_END: Final = "/"

_Tree = dict[str, Any]


def refuse_unlisted(method: str, url: httpx.URL) -> None:
    """Return for a request that is on the list; raise ContractError, naming no query, for others.

    Looks at method, path and query; the host is the business of the origin.
    """
    path, _, query = url.raw_path.partition(b"?")
    template = _template(_TREES.get(method), path.decode("ascii"))
    if template is None:
        raise _refused(method, url, why="is not on the list of what may be sent to Canvas")
    if query and _asks_more_than_a_read(query):
        raise _refused(method, url, why="carries a parameter that does more than read")
    if template == STARTS_REPORT and _QUIET_REPORT not in parse_qsl(query.decode("ascii")):
        raise _refused(method, url, why="would send a message to the user")


def _template(tree: _Tree | None, path: str) -> str | None:
    """The row a path is on. A word of the API goes before a place for an id."""
    branch = tree
    for segment in path[1:].split("/"):
        if branch is None:
            return None
        branch = branch.get(segment) or _place(branch, segment)
    return branch.get(_END) if branch else None


def _place(branch: _Tree, segment: str) -> _Tree | None:
    for place, pattern in _PLACES.items():
        below: _Tree | None = branch.get(place)
        if below is not None and pattern.fullmatch(segment):
            return below if "%" not in segment or _is_plain(segment) else None
    return None


def _is_plain(segment: str) -> bool:
    """Whether nothing is hidden in its escapes: a slash, a control character, another escape."""
    try:
        text = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return False
    return text.isprintable() and not any(sign in text for sign in "/\\%")


def _asks_more_than_a_read(query: bytes) -> bool:
    lowered = query.lower()
    if not _SUSPECT.search(lowered) and not _NEEDLESS_ESCAPE.search(lowered):
        return False
    pairs = parse_qsl(lowered.decode("ascii").replace(";", "&"), keep_blank_values=True)
    return any(_is_forbidden(_bare(name), value) for name, value in pairs)


def _is_forbidden(name: str, value: str) -> bool:
    if name in FORBIDDEN_NAMES:
        return True
    return name in ("include", "includes") and any(word in value for word in FORBIDDEN_INCLUDES)


def _bare(name: str) -> str:
    """The parameter as Rails names it: `include[]`, `[include]` and ` include` are all one."""
    return name.lstrip("[] ").partition("[")[0].rstrip("] ")


def _refused(method: str, url: httpx.URL, *, why: str) -> ContractError:
    return ContractError(
        cause=f"{method} {template_of(url.path)} {why}; it was not sent",
        next_step="add the path to canvas/client/allowed.py if it only reads, or report this",
    )


def _tree(templates: Iterable[str]) -> _Tree:
    root: _Tree = {}
    for template in templates:
        branch = root
        for segment in template[1:].split("/"):
            key = f"/{segment}" if segment.startswith(":") else segment
            branch = branch.setdefault(key, {})
        branch[_END] = template
    return root


_TREES: Final = {"GET": _tree(READS), "POST": _tree(POSTS)}
