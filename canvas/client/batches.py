"""Listings asked for by ids: in batches that Canvas can answer, halved around an id it refuses.

Source: canvas-api 4.8 and 4.11, traps 15, 45 and 46.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final
from urllib.parse import quote_plus

from canvas.client.page import Completeness, Page
from canvas.errors import CanvasError, ContractError, ForbiddenError, GoneError

MOST_IDS: Final = 49
LONGEST_QUERY: Final = 1_900  # bytes; a Link header repeats the query up to five times in 6 KB
REFUSALS_THAT_MEAN_ALL: Final = 3
_OF_ONE_ID: Final = (400, 401, 403, 404, 422)

Id = int | str
Pairs = list[tuple[str, str]]
WalkPages = Callable[[Pairs], AsyncIterator[Page]]


class IdWalk:
    """The pages of all ids that Canvas knows; `refused` is id → why not, once it has ended.

    Raises what every id is refused with alike. `complete`: each batch was read to a proven end.
    """

    def __init__(self, ids: Iterable[Id], *, name: str, params: Pairs, walk: WalkPages) -> None:
        self._ids, self._name, self._params, self._walk = ids, name, params, walk
        self.refused: dict[Id, CanvasError] = {}
        self.completenesses: list[Completeness] = []
        self._answered = self._ended = False

    @property
    def complete(self) -> bool:
        whole = all(one.proven for one in self.completenesses)
        return self._ended and whole and not self.refused

    async def __aiter__(self) -> AsyncIterator[Page]:
        waiting = list(batches(self._ids, name=self._name, params=self._params))[::-1]
        while waiting:
            batch = waiting.pop()
            try:
                async for page in self._walk([*self._params, *_named(self._name, batch)]):
                    self._answered = True
                    if page.completeness:
                        self.completenesses.append(page.completeness)
                    yield page
            except (ContractError, ForbiddenError, GoneError) as error:
                if error.status not in _OF_ONE_ID:
                    raise
                waiting += self._halves(batch, error)
        self._ended = True

    def _halves(self, batch: list[Id], error: CanvasError) -> list[list[Id]]:
        """What to ask for instead, the first half last."""
        if len(batch) > 1:
            middle = len(batch) // 2
            return [batch[middle:], batch[:middle]]
        self.refused[batch[0]] = error
        if not self._answered and len(self.refused) >= REFUSALS_THAT_MEAN_ALL:
            raise error
        return []


def batches(ids: Iterable[Id], *, name: str, params: Pairs) -> Iterator[list[Id]]:
    """The ids, each once and in their order, few enough for the links of the answer to survive."""
    length = room = LONGEST_QUERY - sum(_length(*pair) for pair in params)
    batch: list[Id] = []
    for one in dict.fromkeys(ids):
        needed = _length(name, str(one))
        if batch and (len(batch) == MOST_IDS or needed > length):
            yield batch
            batch, length = [], room
        batch.append(one)
        length -= needed
    if batch:
        yield batch


def _named(name: str, batch: list[Id]) -> Pairs:
    return [(name, str(one)) for one in batch]


def _length(name: str, value: str) -> int:
    return len(quote_plus(name)) + len(quote_plus(value)) + len("=&")
