"""The feature view (to come)."""

from __future__ import annotations
