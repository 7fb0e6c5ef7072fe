# syntax=docker/dockerfile:1
# One stage, mounts instead of copies, and a shell that steps aside.
ARG PYTHON=3.11
FROM docker.io/library/python:${PYTHON}-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONPATH=/srv
WORKDIR /tmp/lists
RUN --mount=type=bind,source=requirements.lock,target=requirements.lock \
    --mount=type=bind,source=docker/server.txt,target=docker/server.txt \
    --mount=type=cache,target=/var/cache/pip \
    # As the others do, but into the Python that is there.
    set -e; python -m pip install --cache-dir=/var/cache/pip --constraint=requirements.lock -r docker/server.txt
COPY ["server/models/clothes", "/models/clothes/"]
WORKDIR /srv
COPY --chown=0:0 ./server/*.py ./server/
COPY --chown=0:0 ./server/contract/ ./server/contract/
COPY --chown=0:0 ./server/page/ ./server/page/
COPY --chown=0:0 ["server/production", "/srv/server/production/"]
HEALTHCHECK --start-period=1m --interval=10s --timeout=3s \
    CMD python -c "import http.client, sys; c = http.client.HTTPConnection('localhost', 8000, timeout=2); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)" || exit 1
USER 10001:10001
CMD exec python3 -m server --port 8000 --models=/models/ --host=0.0.0.0
