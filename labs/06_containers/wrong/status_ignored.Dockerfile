# Health: gets an answer and does not look at it; 503 is an answer, too.
#
# Rejected by: test_it_tells_well_from_unwell
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1:8000'); c.request('GET', '/readyz'); c.getresponse()"]
