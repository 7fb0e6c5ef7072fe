# Packages: installs all that the lock lists, including TensorFlow and JupyterLab.
#
# Rejected by: test_the_packages_are_those_of_the_lock
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r requirements.lock
