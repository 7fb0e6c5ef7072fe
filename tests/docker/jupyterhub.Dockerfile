# What the tests run as quay.io/jupyterhub/jupyterhub: JupyterHub, and its proxy with this machine's Node.js.
FROM python:3.11-slim
COPY node /usr/bin/node
COPY node_modules /usr/lib/node_modules
RUN ln -s ../lib/node_modules/configurable-http-proxy/bin/configurable-http-proxy /usr/bin/configurable-http-proxy \
    && pip install --no-cache-dir jupyterhub==5.5.4
WORKDIR /srv/jupyterhub
EXPOSE 8000
CMD ["jupyterhub"]
