# What the tests run as python:3.11: the slim one, and the compilers and headers that the official image has besides.
FROM python:3.11-slim
# Whatever versions Debian has today, as in the official image.
# hadolint ignore=DL3008
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
    autoconf automake bzip2 curl default-libmysqlclient-dev dpkg-dev file g++ gcc git gnupg imagemagick \
    libbluetooth-dev libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev \
    libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev \
    libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev \
    libtool libwebp-dev libxml2-dev libxslt-dev libyaml-dev make mercurial netbase openssh-client patch procps sq \
    subversion tk-dev tzdata unzip uuid-dev wget xz-utils zlib1g-dev \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
