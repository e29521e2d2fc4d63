# The base image is an argument: any Python 3.11 or newer on Debian or Ubuntu with CA certificates will do.
ARG BASE_IMAGE=docker.io/library/python:3.12-slim

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/opt/subtext \
    UV_PYTHON_DOWNLOADS=never
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
WORKDIR /src
# Dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock ./
# `--build-arg EXTRAS="--extra encoder"` adds the trained scorer, for a better verdict without a model, and its size.
ARG EXTRAS=""
# hadolint ignore=SC2086
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-project ${EXTRAS}
COPY README.md LICENSE ./
COPY prompts prompts
COPY service service
# The weights are of no use without what runs them. A dependency of the extractor brings the names of all the world's
# locales, 30 MB that nothing here reads.
# hadolint ignore=SC2086
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable ${EXTRAS} \
    && { [ -n "$(find /opt/subtext -type d -name onnxruntime)" ] || rm -r /opt/subtext/lib/python3*/site-packages/subtext/engines/local/trained/weights; } \
    && find /opt/subtext -path '*/babel/locale-data/*.dat' ! -name 'root.dat' ! -name 'en*.dat' -delete

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="subtext" \
      org.opencontainers.image.description="Reads an article and proves how it frames its subject" \
      org.opencontainers.image.licenses="Apache-2.0"
# The HTTP clients trust what the system trusts: without certificates every https:// address would fail at run time.
RUN test -s /etc/ssl/certs/ca-certificates.crt
COPY --from=build /opt/subtext /opt/subtext
# What is kept; mount a volume here, or it goes with the container.
RUN install -d -o 65532 -g 65532 /data
VOLUME /data
ENV PATH=/opt/subtext/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SUBTEXT_HOST=0.0.0.0 \
    SUBTEXT_PORT=8080 \
    SUBTEXT_STORE_DATABASE_URL=sqlite:////data/subtext.db
WORKDIR /tmp
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["subtext", "healthcheck"]
ENTRYPOINT ["subtext"]
CMD ["serve"]
