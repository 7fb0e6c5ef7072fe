# Packages: copies nothing, but lets pip see the whole folder: a changed line is a changed mount.
#
# Rejected by: test_a_changed_line_of_code_installs_nothing
FROM python:3.11-slim AS packages
WORKDIR /build
RUN --mount=type=bind,target=. \
    python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r docker/server.txt
