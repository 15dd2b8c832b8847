"""Every work is asked for, by no more requests than any plain way would take."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sync.tiles import ASSIGNMENTS, Tile, layout_of, tiles_of

WORKS = st.sets(st.tuples(st.integers(1, 30), st.integers(100, 160)), max_size=300)


def asked(tiles: list[Tile]) -> set[tuple[int, int]]:
    found = set()
    for tile in tiles:
        for one in tile.fixed:
            for other in tile.ids:
                found.add((one, other) if tile.name == ASSIGNMENTS else (other, one))
    return found


@given(WORKS)
def test_no_work_is_left_out(works: set[tuple[int, int]]) -> None:
    assert works <= asked(tiles_of(works))


@given(WORKS)
def test_it_takes_no_more_requests_than_one_for_each_assignment(
    works: set[tuple[int, int]],
) -> None:
    assignments = {assignment for assignment, _ in works}
    plain = sum(
        math.ceil(sum(one == assignment for one, _ in works) / 49) for assignment in assignments
    )
    assert sum(tile.requests for tile in tiles_of(works)) <= plain


@given(WORKS)
def test_no_part_has_more_than_a_page_of_work(works: set[tuple[int, int]]) -> None:
    for tile in tiles_of(works):
        assert all(len(tile.fixed) * len(part) <= 100 for part in tile.parts)


def test_everybody_in_ten_assignments_comes_in_two_requests() -> None:
    works = {(assignment, student) for assignment in range(10) for student in range(20)}
    assert sum(tile.requests for tile in tiles_of(works)) == 2


def test_a_whole_class_in_one_assignment_is_read_as_its_list() -> None:
    works = {(7, student) for student in range(900)}
    assert layout_of(works, sizes={7: 1000}).lists == {7}
    assert layout_of(works, sizes={}).lists == frozenset()
