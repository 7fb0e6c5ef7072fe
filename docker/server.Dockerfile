# The reference server with its clothes models. From the course's folder:
#   docker build --tag workbook-server --file docker/server.Dockerfile .

# Packages: what docker/server.txt lists, at the versions of requirements.lock, as a virtual environment in /opt/venv.
# It is installed in a stage of its own, called `packages`, on a slim Python 3.11; the lock and pip's cache stay behind
# there. No code comes into this stage, so that a changed line of code never installs anything again. If pip fails, so
# does the build.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
# No graphics card, no phone's chip and no package's tests are used in there: 50 MB.
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install --no-cache-dir --requirement docker/server.txt \
    && find /opt/venv \( -name tests -o -path "*/ai_edge_litert/vendors" -o -name apply_plugin_main \
    -o -name "libLiteRtWebGpu*" \) -prune -exec rm -r {} +

FROM python:3.11-slim
# User 10001, called app, may write to /models and to nothing else.
RUN useradd --uid 10001 --no-create-home --shell /bin/false app \
    && install --directory --owner app /models
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app

# Files: /opt/venv from the other stage, server/models/clothes as /models/clothes, and the package `server` in /app: its
# modules, `contract`, `page` and `production`. Nothing else of the course. What changes least comes first, packages,
# models, code: a step is done again only if it, or one before it, has changed. The models may be app's own; the code
# stays root's, so that the server cannot change itself.
COPY --from=packages /opt/venv /opt/venv
COPY --chown=app server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/

# Health: every few seconds Docker asks http://127.0.0.1:8000/readyz from inside. A server that answers 200 is healthy;
# with another status, no answer, or one that takes longer than a few seconds, it is not. While it starts, that does not
# count. A slim image has no curl, and `requests` is a client's package; but Python is there.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]

# Start: `python -m server`, with the models in /models, listening at port 8000 of all addresses that the container has.
# As user 10001, by number, so that Kubernetes can tell that it is not root. As the first process, with no shell in
# between, which would keep the signal that asks the server to stop.
USER 10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server", "--host", "0.0.0.0", "--models", "/models"]

# Labels: whoever finds the image in a registry learns what it is.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="workbook-server" \
      org.opencontainers.image.description="The MLOps workbook's inference server, on LiteRT" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
