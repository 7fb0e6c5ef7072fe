# Packages: keeps what pip has downloaded.
#
# Rejected by: test_the_cache_of_pip_is_not_kept
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r docker/server.txt
