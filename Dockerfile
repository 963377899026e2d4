# syntax=docker/dockerfile:1
# One image for every process; the command says which one it is.

FROM node:22.12.0-bookworm-slim AS board
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.12.8-slim-bookworm AS packages
COPY requirements-image.lock /tmp/
RUN python -m venv /opt/waywarden \
 && /opt/waywarden/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements-image.lock

FROM python:3.12.8-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin waywarden \
 && install -d -o waywarden /data
COPY --from=packages /opt/waywarden /opt/waywarden
WORKDIR /app
COPY pyproject.toml LICENSE ./
COPY core core
COPY policy policy
COPY carriers carriers
COPY store store
COPY stream stream
COPY api api
COPY notifier notifier
COPY pull pull
COPY runtime runtime
COPY sim sim
COPY bench bench
COPY migrations migrations
COPY --from=board /web/dist web/dist
RUN printf '#!/bin/sh\nexec python -m runtime.cli "$@"\n' > /usr/local/bin/waywarden \
 && printf '#!/bin/sh\nexec python -m runtime.health "$@"\n' > /usr/local/bin/waywarden-health \
 && chmod 755 /usr/local/bin/waywarden /usr/local/bin/waywarden-health
ENV PATH=/opt/waywarden/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m compileall -q core policy carriers store stream api notifier pull runtime sim bench migrations
USER waywarden
VOLUME /data
EXPOSE 8080 8081 9101 9102 9103 9104 9106
CMD ["waywarden", "--help"]
