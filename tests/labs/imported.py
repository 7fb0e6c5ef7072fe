"""What the labs' checks import: a checker that is forked from a process with these need not import them again."""

from __future__ import annotations

import gc

import flask  # noqa: F401
import PIL.Image  # noqa: F401
import scipy.stats  # noqa: F401
import sklearn.datasets  # noqa: F401

import workbook.contracts.catalog
import workbook.faults.serving
import workbook.labs.checks.assertions
import workbook.labs.checks.session  # noqa: F401

gc.freeze()  # or each checker would go through all of this, and copy it, whenever it collects garbage
