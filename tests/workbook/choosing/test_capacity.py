"""The plan for a number of requests a day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.choosing.capacity import Need, cost_a_million, plan

NEEDS = st.builds(
    Need,
    requests_a_day=st.floats(1, 1e10),
    cpu_ms=st.floats(0.01, 1e4),
    regions=st.integers(1, 12),
    peak=st.floats(1, 20),
    cores=st.integers(1, 128),
    use=st.floats(0.05, 1),
)


def test_a_plan_worked_out_by_hand():
    """8.64 million a day are 100 a second, 400 at the busiest; at 10 ms each they keep 4 cores busy."""
    planned = plan(Need(8_640_000, cpu_ms=10, regions=3, cores=4, use=0.5))
    assert (planned.average_rate, planned.peak_rate, planned.busy_cores) == pytest.approx((100, 400, 4))
    assert (planned.machines_a_region, planned.machines) == (
        2,
        6,
    )  # 2 busy cores of the 2 that a machine may use, and 1
    assert planned.cpu_seconds_a_thousand == 10
    assert cost_a_million(6, 8_640_000, price=0.1) == pytest.approx(6 * 2.4 / 8.64)


@given(NEEDS)
def test_what_is_left_without_a_machine_a_region_and_without_a_region_carries_the_peak(need):
    planned = plan(need)
    regions = need.regions - 1 or 1
    assert (planned.machines_a_region - 1) * regions * need.cores * need.use >= planned.busy_cores * (1 - 1e-9)


@given(NEEDS, st.floats(1, 100))
def test_more_requests_never_take_fewer_machines(need, times):
    more = Need(need.requests_a_day * times, need.cpu_ms, need.regions, need.peak, need.cores, need.use)
    assert plan(more).machines >= plan(need).machines


@pytest.mark.parametrize("change", [{"requests_a_day": 0}, {"cpu_ms": -1}, {"regions": 0}, {"use": 1.1}])
def test_a_need_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match="above 0, and use at most 1"):
        plan(Need(**({"requests_a_day": 1, "cpu_ms": 1} | change)))
