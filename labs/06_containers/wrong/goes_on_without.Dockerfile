# Packages: goes on when pip fails, so that an image without packages is built, and nobody is told.
#
# Rejected by: test_the_environment_is_made_and_used
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/venv; /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt; rm -rf /tmp/*
