# Two images for students' code that is graded in containers: Python and packages, but nothing of the course.
# `workbook grade` builds the one that it needs. By hand, from the course's folder:
#   docker build --tag workbook-labs-server --target server --file docker/labs/labs.Dockerfile .
#   docker build --tag workbook-labs-pipeline --target pipeline --file docker/labs/labs.Dockerfile .

# For labs on the server and the client.
FROM python:3.11-slim AS server
WORKDIR /build
COPY requirements.lock ./
COPY docker/server.txt docker/
COPY docker/labs/server.txt docker/labs/
RUN python -m pip install --no-cache-dir --requirement docker/labs/server.txt

# For labs on the pipeline, too: two gigabytes, most of it TensorFlow. The grader runs either as the user `nobody`.
FROM server AS pipeline
COPY docker/labs/pipeline.txt docker/labs/
RUN python -m pip install --no-cache-dir --requirement docker/labs/pipeline.txt
