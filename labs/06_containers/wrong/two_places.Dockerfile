# Packages: makes the environment in one place and installs into another, where there is none.
#
# Rejected by: test_the_environment_is_made_and_used
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/env && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
