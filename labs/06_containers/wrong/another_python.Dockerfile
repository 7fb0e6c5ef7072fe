# Packages: makes the environment with a different Python from the one that will run it.
#
# Rejected by: test_the_base_is_named_with_its_version
FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
