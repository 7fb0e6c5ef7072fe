# JupyterHub for a class. From the folder docker/classroom:
#   docker build --tag workbook-hub --file hub.Dockerfile .
# Version 5, because the authenticator does not run on 6 yet.
FROM quay.io/jupyterhub/jupyterhub:5.5.4
WORKDIR /srv/jupyterhub
COPY hub.txt ./
RUN python3 -m pip install --no-cache-dir --requirement hub.txt \
    && useradd --uid 10001 --create-home --shell /bin/false hub \
    && install --directory --owner hub /data
COPY jupyterhub_config.py ./
USER 10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/hub/health', timeout=2)"]
CMD ["jupyterhub", "--config", "jupyterhub_config.py"]
LABEL org.opencontainers.image.title="workbook-hub" \
      org.opencontainers.image.description="JupyterHub for the MLOps workbook: a container for each student" \
      org.opencontainers.image.licenses="MIT"
