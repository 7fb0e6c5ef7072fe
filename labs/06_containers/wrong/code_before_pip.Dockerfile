# Packages: copies everything first, as the naive Dockerfile does.
#
# Rejected by: test_a_changed_line_of_code_installs_nothing
FROM python:3.11-slim AS packages
WORKDIR /build
COPY . .
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
