# Packages: gives the stage another name than the one by which COPY --from asks for it.
#
# Rejected by: test_the_environment_is_made_and_used
FROM python:3.11-slim AS builder
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
