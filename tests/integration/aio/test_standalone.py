"""Every case of `standalone`, for each way of connecting, in a process without a test framework."""

from __future__ import annotations

import pytest

from tests.integration.aio.configurations import CONFIGURATIONS, THE_END, Reports, vendor
from tests.integration.aio.standalone.all_cases import CASES

_RUNS = [
    pytest.param(configuration, case.name, id=f"{configuration}-{case.name}")
    for configuration in CONFIGURATIONS
    for case in CASES
    if case.vendor in (None, vendor())
]


@pytest.mark.parametrize(("configuration", "case"), _RUNS)
def test_it_holds_without_a_test_framework(reports: Reports, configuration: str, case: str) -> None:
    failure = reports.of(configuration).get(case, "the process ended before it came to this case")
    assert failure is None, failure


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_process_of_all_cases_ends_well(reports: Reports, configuration: str) -> None:
    failure = reports.of(configuration)[THE_END]
    assert failure is None, failure
