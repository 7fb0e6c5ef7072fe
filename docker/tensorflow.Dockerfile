# Two images that need TensorFlow: the stand-in for TensorFlow Serving, and JupyterLab with the course. They are in one
# file so that a machine stores the two gigabytes that they share only once. From the course's folder:
#   docker build --tag workbook-model-server --target model-server --file docker/tensorflow.Dockerfile .
#   docker build --tag workbook-jupyter --target jupyter --file docker/tensorflow.Dockerfile .

FROM python:3.11-slim AS tensorflow
ENV PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --create-home --shell /bin/bash student
WORKDIR /build
COPY requirements.lock ./
COPY docker/model_server.txt docker/
# uv downloads in parallel what pip downloads one after another.
RUN python -m pip install --no-cache-dir --constraint requirements.lock uv \
    && uv pip install --system --no-cache --compile-bytecode --requirement docker/model_server.txt

FROM tensorflow AS model-server
WORKDIR /app
COPY server/__init__.py server/quiet.py server/
COPY server/tensorflow_serving server/tensorflow_serving
USER 10001
ENV MODEL_BASE_PATH=/models MODEL_NAME=model
EXPOSE 8500 8501
# It starts as the official image does, so that either can replace the other. `exec` passes it the signals.
ENTRYPOINT ["bash", "-c", "exec python -m server.tensorflow_serving --bind_address=0.0.0.0 --port=8500 \
--rest_api_port=8501 --model_name=$MODEL_NAME --model_base_path=$MODEL_BASE_PATH/$MODEL_NAME \"$@\"", "model_server"]
LABEL org.opencontainers.image.title="workbook-model-server" \
      org.opencontainers.image.description="A stand-in for TensorFlow Serving, for teaching and for tests" \
      org.opencontainers.image.licenses="MIT"

FROM tensorflow AS jupyter
COPY pyproject.toml ./
RUN uv pip install --system --no-cache --compile-bytecode --constraint requirements.lock --requirement pyproject.toml \
        --extra production --extra loop
WORKDIR /course
COPY .dockerignore LICENSE README.md pyproject.toml requirements.lock ./
COPY server server
COPY pipeline pipeline
COPY workbook workbook
COPY docker docker
# The data set, too, so that the course no longer needs a network. Keras ignores it in a folder that it cannot write to.
ENV KERAS_HOME=/opt/keras
RUN uv pip install --system --no-cache --no-deps --editable . \
    && python -m workbook data \
    && chown --recursive student "$KERAS_HOME" \
    && rm -r mlops_workbook.egg-info \
    && install --directory --owner student notebooks work
COPY docs docs
COPY labs labs
# Not where students have them: that is a volume, into which the entry point brings what is new.
ENV COURSE_NOTEBOOKS=/opt/notebooks
COPY notebooks $COURSE_NOTEBOOKS
USER 10001
EXPOSE 8888
# Behind a hub its address begins with the student's name. Python without its packages starts in a third of the time.
HEALTHCHECK --interval=15s --timeout=30s --start-period=60s \
    CMD ["python", "-I", "-S", "-c", "import os; from urllib.request import urlopen; \
urlopen('http://127.0.0.1:8888' + os.environ.get('JUPYTERHUB_SERVICE_PREFIX', '/') + 'api', timeout=25)"]
ENTRYPOINT ["python", "-m", "workbook.jupyter.entrypoint"]
# It asks for JUPYTER_TOKEN or, if there is none, for one that it makes up and prints.
CMD ["jupyter", "lab", "--ServerApp.ip=0.0.0.0", "--ServerApp.port=8888", "--no-browser"]
LABEL org.opencontainers.image.title="workbook-jupyter" \
      org.opencontainers.image.description="The MLOps workbook in JupyterLab" \
      org.opencontainers.image.licenses="MIT"
