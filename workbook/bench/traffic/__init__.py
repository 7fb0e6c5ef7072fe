"""What the front of ``server.traffic`` costs, and that it loses no request: ``python -m workbook.bench.traffic``.

Begin with ``promises``, which measures; ``misbehaving`` has the servers that a front must live with. Tests import it,
and it imports the rest of ``workbook.bench``.
"""
