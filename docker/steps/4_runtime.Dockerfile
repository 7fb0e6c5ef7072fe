FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock ./
COPY docker/server.txt docker/
RUN pip install --no-cache-dir --requirement docker/server.txt
COPY . /app
CMD python -m server --host 0.0.0.0
