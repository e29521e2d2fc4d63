# Two images from one file. The last stage is the default: everything that the README shows. `--target slim` is the path to
# a model alone: no encoder (words are counted if the model fails), batches, PostgreSQL, Redis or Slack.
# The base image is an argument: any Python 3.11 or newer on Debian or Ubuntu with CA certificates will do.
ARG BASE_IMAGE=docker.io/library/python:3.12-slim

FROM ${BASE_IMAGE} AS uv
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LOCKED=1 \
    UV_NO_CACHE=1 \
    UV_NO_DEV=1 \
    UV_PROJECT_ENVIRONMENT=/opt/subtext \
    UV_PYTHON_DOWNLOADS=never
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock ./
RUN UV_PROJECT_ENVIRONMENT=/opt/sbom /opt/uv/bin/uv sync --only-group=sbom
COPY deploy/image/trim-packages.sh deploy/image/

# In both builds the dependencies come first: they change less often than the code.
FROM uv AS slim-build
RUN /opt/uv/bin/uv sync --no-install-project && sh deploy/image/trim-packages.sh /opt/subtext
COPY README.md LICENSE ./
COPY prompts prompts
COPY service service
# The weights are of no use without what runs them.
RUN /opt/uv/bin/uv sync --no-editable \
    && rm -r /opt/subtext/lib/python3*/site-packages/subtext/engines/local/trained/weights \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-file=/opt/subtext/sbom.cdx.json /opt/subtext/bin/python \
    && rm /opt/subtext/.lock

FROM uv AS full-build
# `eval` measures engines and `parquet` (170 MB) exports files, which is done beside a checkout. The tokenizer is a file of ours: what would fetch one is left out.
ENV EXTRAS="--all-extras --no-extra=eval --no-extra=parquet" \
    LEFT_OUT="--no-install-package=huggingface-hub --no-install-package=hf-xet --no-install-package=fsspec --no-install-package=filelock --no-install-package=tqdm"
# hadolint ignore=SC2086
RUN /opt/uv/bin/uv sync --no-install-project ${EXTRAS} ${LEFT_OUT} && sh deploy/image/trim-packages.sh /opt/subtext
COPY README.md LICENSE ./
COPY prompts prompts
COPY service service
# hadolint ignore=SC2086
RUN /opt/uv/bin/uv sync --no-editable ${EXTRAS} ${LEFT_OUT} \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-file=/opt/subtext/sbom.cdx.json /opt/subtext/bin/python \
    && rm /opt/subtext/.lock

FROM ${BASE_IMAGE} AS root
# The HTTP clients trust what the system trusts: without certificates every https:// address would fail at run time.
RUN test -s /etc/ssl/certs/ca-certificates.crt
COPY deploy/image/trim-root.sh /tmp/
# Data is kept in /data; mount a volume there, or it goes with the container.
RUN sh /tmp/trim-root.sh && rm /tmp/trim-root.sh && install -d -o 65532 -g 65532 /data

# Files deleted in a layer above the base would still be shipped in it: the trimmed root is copied as a layer of its own.
FROM scratch AS runtime
# hadolint ignore=DL3067
COPY --from=root / /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="subtext" \
      org.opencontainers.image.description="Reads an article and proves how it frames its subject" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Subtext contributors" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/subtext/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SUBTEXT_HOST=0.0.0.0 \
    SUBTEXT_PORT=8080
# The default database is a file here. No variable names it: one would win over a file in /run/secrets.
WORKDIR /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["subtext", "healthcheck"]
ENTRYPOINT ["subtext"]
CMD ["serve"]

FROM runtime AS slim
COPY --from=slim-build /opt/subtext /opt/subtext

FROM runtime AS full
COPY --from=full-build /opt/subtext /opt/subtext
