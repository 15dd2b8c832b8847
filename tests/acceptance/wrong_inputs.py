"""What people get wrong when they start a sync: how it is typed, and what they must be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.acceptance.driver import TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A wrong call: the exit code, the words that name the thing, those that say what to do.

    In `environment` the places {nowhere}, {page}, {shop} and {folder} stand for an address where
    nobody listens, a web server that answers every path with a page, one that knows no path of
    Canvas, and a folder; None is a variable that is not set.
    """

    code: int
    names: str
    next_step: str
    arguments: tuple[str, ...] = ("101",)
    environment: dict[str, str | None] = field(default_factory=dict)


_DATABASE = "check that DATABASE_URL"
_ADDRESS = "https://school.instructure.com"

WRONG: dict[str, Wrong] = {
    "an address that is none": Wrong(
        code=2, names="CANVAS_URL", next_step=_ADDRESS, environment={"CANVAS_URL": "my school"}
    ),
    "an address of another kind": Wrong(
        code=2, names="CANVAS_URL", next_step=_ADDRESS, environment={"CANVAS_URL": "ftp://a.edu"}
    ),
    "an address with a path": Wrong(
        code=2,
        names="path",
        next_step="stop after the host name",
        environment={"CANVAS_URL": "https://school.instructure.com/courses/101"},
    ),
    "nothing listens": Wrong(
        code=75,
        names="Canvas could not be reached",
        next_step="check the network and the Canvas address",
        environment={"CANVAS_URL": "{nowhere}"},
    ),
    "a host that does not exist": Wrong(
        code=75,
        names="Canvas could not be reached",
        next_step="check the network and the Canvas address",
        environment={"CANVAS_URL": "http://no-such-host.invalid"},
    ),
    "a web page for every path": Wrong(
        code=75,
        names="a web page came",
        next_step="check that CANVAS_URL is the address of a Canvas",
        environment={"CANVAS_URL": "{page}"},
    ),
    "a web server that is no Canvas": Wrong(
        code=1,
        names="there is no Canvas at {shop}",
        next_step="check CANVAS_URL",
        environment={"CANVAS_URL": "{shop}"},
    ),
    "a wrong token": Wrong(
        code=4,
        names="access token",
        next_step="make a new token in Canvas",
        environment={"CANVAS_TOKEN": f"wrong-{TOKEN}"},
    ),
    "a revoked token": Wrong(
        code=4,
        names="access token",
        next_step="make a new token in Canvas",
        environment={"CANVAS_TOKEN": f"revoked-{TOKEN}"},
    ),
    "a token with a blank": Wrong(
        code=2,
        names="CANVAS_TOKEN",
        next_step="Copy the value again",
        environment={"CANVAS_TOKEN": f"{TOKEN} {TOKEN}"},
    ),
    "an unknown course": Wrong(
        code=5, names="course 999", next_step="check the id", arguments=("999",)
    ),
    "a folder for a database": Wrong(
        code=1,
        names="database",
        next_step=_DATABASE,
        environment={"DATABASE_URL": "sqlite:///{folder}"},
    ),
    "a database where nobody may write": Wrong(
        code=1,
        names="database",
        next_step=_DATABASE,
        environment={"DATABASE_URL": "sqlite:////proc/mirror.sqlite3"},
    ),
    "a database in a folder that is missing": Wrong(
        code=2,
        names="DATABASE_URL",
        next_step="Create it",
        environment={"DATABASE_URL": "sqlite:///{folder}/missing/mirror.sqlite3"},
    ),
    "a database server that is down": Wrong(
        code=1,
        names="database",
        next_step=_DATABASE,
        environment={"DATABASE_URL": "postgres://me:pw@127.0.0.1:1/mirror"},
    ),
    "a database of another make": Wrong(
        code=2,
        names="DATABASE_URL",
        next_step="sqlite:///",
        environment={"DATABASE_URL": "mysql://localhost/mirror"},
    ),
    "an unknown option": Wrong(
        code=2, names="--frobnicate", next_step="--help", arguments=("101", "--frobnicate")
    ),
    "no course": Wrong(code=2, names="canvas id", next_step="--help", arguments=()),
    "a course that is no number": Wrong(
        code=2, names="abc", next_step="--help", arguments=("abc",)
    ),
    "a course beyond all ids": Wrong(
        code=2, names="9223372036854775808", next_step="--help", arguments=("9223372036854775808",)
    ),
    "an unknown resource": Wrong(
        code=2, names="marks", next_step="correct --only", arguments=("101", "--only", "marks")
    ),
    "an unknown integration": Wrong(
        code=2, names="north", next_step="connect north", arguments=("101", "--integration=north")
    ),
    "no Canvas": Wrong(
        code=2, names="CANVAS_URL", next_step="set CANVAS_URL", environment={"CANVAS_URL": None}
    ),
    "no token": Wrong(
        code=2,
        names="CANVAS_TOKEN",
        next_step="set CANVAS_TOKEN",
        environment={"CANVAS_TOKEN": None},
    ),
    "http without leave": Wrong(
        code=2,
        names="http://",
        next_step="CANVAS_ALLOW_INSECURE=1",
        environment={"CANVAS_ALLOW_INSECURE": None},
    ),
    "a private address without leave": Wrong(
        code=2,
        names="127.0.0.1",
        next_step="CANVAS_ALLOW_INSECURE=1",
        environment={"CANVAS_URL": "https://127.0.0.1", "CANVAS_ALLOW_INSECURE": None},
    ),
    "a flag that is neither yes nor no": Wrong(
        code=2,
        names="CANVAS_ALLOW_INSECURE",
        next_step="Use 1 or 0",
        environment={"CANVAS_ALLOW_INSECURE": "perhaps"},
    ),
}
