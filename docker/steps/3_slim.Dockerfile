FROM python:3.11-slim
RUN pip install --no-cache-dir tensorflow==2.21.0 Flask==3.1.3
WORKDIR /app
COPY . /app
CMD python docker/steps/api.py
