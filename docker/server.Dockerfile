# The reference server with its clothes models. From the course's folder:
#   docker build --tag workbook-server --file docker/server.Dockerfile .

# The packages, installed where pip is. Of this stage only the folder /opt/venv gets into the image.
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
# By number, so that Kubernetes can tell that it is not root. The models are its own; the code is not.
RUN useradd --uid 10001 --no-create-home --shell /bin/false app \
    && install --directory --owner app /models
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
# What changes least comes first: a step is done again only if it, or one before it, has changed.
COPY --from=packages /opt/venv /opt/venv
COPY --chown=app server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/*.py server/
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["python", "-m", "server", "--host", "0.0.0.0", "--models", "/models"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="workbook-server" \
      org.opencontainers.image.description="The MLOps workbook's inference server, on LiteRT" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
