"""Every case, in the order of its subject."""

from tests.integration.aio.standalone import (
    cancelling,
    commits,
    decorators,
    failing,
    hooks,
    isolation,
    iterating,
    limits,
    misuse,
    places,
    scopes,
    sharing,
)
from tests.integration.aio.standalone.ground import Cases

SUBJECTS = (
    commits,
    isolation,
    sharing,
    misuse,
    cancelling,
    scopes,
    hooks,
    decorators,
    iterating,
    places,
    failing,
    limits,
)
CASES = Cases.all
