# Health: succeeds, whatever happens.
#
# Rejected by: test_it_tells_well_from_unwell
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD python -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)" || true
