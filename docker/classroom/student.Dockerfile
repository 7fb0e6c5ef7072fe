# What the hub starts for each student: the course in JupyterLab, and the hub's way to start it. JupyterHub has the
# hub's version.
#   docker build --tag workbook-student --file student.Dockerfile .
# Just built on this machine; no registry has it.
# hadolint ignore=DL3006
FROM workbook-jupyter
USER 0
RUN uv pip install --system --no-cache --compile-bytecode --constraint requirements.lock jupyterhub==5.5.4
USER 10001
# In the hub's two gigabytes, two notebooks with TensorFlow are one too many.
ENV WORKBOOK_JOBS=1
CMD ["jupyterhub-singleuser"]
LABEL org.opencontainers.image.title="workbook-student" \
      org.opencontainers.image.description="The MLOps workbook in JupyterLab, for JupyterHub" \
      org.opencontainers.image.licenses="MIT"
