# What the tests run as prom/prometheus: Debian's build of it, laid out and started as in the official image.
FROM python:3.11-slim
COPY usr/bin/prometheus bin/busybox /bin/
RUN ln -s busybox /bin/wget && mkdir /prometheus && chown nobody:nogroup /prometheus
USER 65534
WORKDIR /prometheus
EXPOSE 9090
VOLUME /prometheus
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
