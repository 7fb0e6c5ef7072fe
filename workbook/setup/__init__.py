"""A machine before the first notebook: what it lacks, and what to carry to one without a network.

Begin with ``doctor``. Only ``workbook.cli`` and tests import it.
"""
