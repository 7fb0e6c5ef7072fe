"""The site's pages of modules, all of them: one template makes them of docstrings, so a push looks at every fifth."""

from __future__ import annotations

import pytest

from tests.browser.test_page import PHONE, browser  # noqa: F401
from tests.browser.test_site import asked, site, tab, visit_each  # noqa: F401


@pytest.mark.weekly
def test_each_is_accessible_tells_its_pictures_and_fits_a_phone(site, tab):  # noqa: F811
    visits = visit_each(sorted((site / "api").glob("*.html")), tab, site)
    faults = {seen.page: seen.violations + seen.untold for seen in visits if seen.violations or seen.untold}
    wide = {seen.page: seen.width_on_a_phone for seen in visits if seen.width_on_a_phone > PHONE["width"]}
    assert visits and (faults, wide) == ({}, {})
