# Packages: names the packages and takes whatever versions there are.
#
# Rejected by: test_the_packages_are_those_of_the_lock
FROM python:3.11-slim AS packages
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir ai-edge-litert flask granian limits numpy orjson pillow prometheus-client
