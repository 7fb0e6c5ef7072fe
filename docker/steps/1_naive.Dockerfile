FROM python:3.11
COPY . /app
WORKDIR /app
RUN pip install tensorflow==2.21.0 Flask==3.1.3
CMD python docker/steps/api.py
