# Two images for students' code that is graded in containers: Python and packages, and nothing of the course.
# `workbook grade` builds the one that it needs. By hand, from the course's folder:
#   docker build --tag workbook-labs-server --target server --file docker/labs/labs.Dockerfile .
#   docker build --tag workbook-labs-pipeline --target pipeline --file docker/labs/labs.Dockerfile .

# For labs of the server and of the client.
FROM python:3.11-slim AS server
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
COPY docker/labs/server.txt docker/labs/
RUN python -m pip install --no-cache-dir --requirement docker/labs/server.txt

# For labs of the pipeline, too: two gigabytes, most of them TensorFlow. Who runs either is nobody: see the grader.
FROM server AS pipeline
COPY docker/labs/pipeline.txt docker/labs/
RUN python -m pip install --no-cache-dir --requirement docker/labs/pipeline.txt
