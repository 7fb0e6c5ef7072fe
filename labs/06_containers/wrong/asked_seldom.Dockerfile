# Health: leaves the intervals as they are, so it takes half a minute until anybody knows.
#
# Rejected by: test_it_is_asked_every_few_seconds
HEALTHCHECK CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
