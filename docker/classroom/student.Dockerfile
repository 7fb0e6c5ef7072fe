# What the hub starts for each student: the course in JupyterLab, and the hub's way to start it. JupyterHub's version is
# that of the hub.
#   docker build --tag workbook-student --file student.Dockerfile .
# Built on this machine just before; no registry has it.
# hadolint ignore=DL3006
FROM workbook-jupyter
USER 0
RUN uv pip install --system --no-cache --compile-bytecode --constraint requirements.lock jupyterhub==5.5.4
USER 10001
# In the hub's two gigabytes, two notebooks with TensorFlow in them are one too many.
ENV WORKBOOK_JOBS=1
CMD ["jupyterhub-singleuser"]
LABEL org.opencontainers.image.title="workbook-student" \
      org.opencontainers.image.description="The MLOps workbook in JupyterLab, for JupyterHub" \
      org.opencontainers.image.licenses="MIT"
