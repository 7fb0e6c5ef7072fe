"""Load on a server from a notebook: clients that wait for their answers, or arrivals that wait for nobody.

Begin with ``loops``; what comes back is in ``answers``, as arrays. ``workbook bench`` measures fast servers by wrk,
which is not on a student's laptop; this makes some thousand requests per second. Only notebooks and tests import it.
"""
