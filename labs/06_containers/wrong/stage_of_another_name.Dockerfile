# Packages: gives the stage a different name from the one in COPY --from.
#
# Rejected by: test_the_environment_is_made_and_used
FROM python:3.11-slim AS builder
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
