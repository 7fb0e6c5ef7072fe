# Packages: puts both lists into one folder, where pip does not find the lock.
#
# Rejected by: test_the_packages_are_those_of_the_lock
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock docker/server.txt ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r server.txt
