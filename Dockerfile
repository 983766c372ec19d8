# The mock server in a container: docs/container.md. `.ci/run` runs these steps in a Debian root.
FROM python:3.13-slim AS build
COPY . /source
RUN python -m venv --without-pip /opt/coldsend-mock
RUN pip --python /opt/coldsend-mock/bin/python install --no-cache-dir --disable-pip-version-check /source

FROM python:3.13-slim
COPY --from=build /opt/coldsend-mock /opt/coldsend-mock
ENV PATH=/opt/coldsend-mock/bin:$PATH
ENV COLDSEND_MOCK_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --start-interval=1s CMD ["coldsend-mock", "health"]
ENTRYPOINT ["coldsend-mock"]
CMD ["serve"]
