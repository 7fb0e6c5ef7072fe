FROM python:3.11
RUN pip install tensorflow==2.21.0 Flask==3.1.3
WORKDIR /app
COPY . /app
CMD python docker/steps/api.py
