# Two commands: `make run` (PORT=8123 for another port) and `make test` (ARGS="tests/members -k name" for some).
PYTHON ?= python3
export PORT
export ARGS

.PHONY: run test lock messages compose-check bench-pages bench-supports bench-map bench-filter bench-digests bench-places bench-search bench-data bench-ranking

run: python
	@$(PYTHON) -m deploy run

test: python
	@$(PYTHON) -m deploy check

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed. On Debian or Ubuntu, type: sudo apt install python3-venv"; exit 1; }

# The hashed locks, from pyproject.toml; UPGRADE=1 also takes the newest versions that it allows. They carry no address
# of an index: pip's own configuration decides.
UV ?= .venv/bin/python -m uv
LOCK = $(UV) pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header \
	$(if $(UPGRADE),--upgrade) pyproject.toml
lock:
	@$(UV) --version >/dev/null 2>&1 || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) --output-file requirements.txt
	@$(LOCK) --group test --output-file requirements-test.txt
	@$(LOCK) --group territories --output-file requirements-territories.txt

# The catalogues of locale/, from the sources (docs/translation.md). In French each message is its own translation.
SOURCES = --extension html,txt,py --ignore bench --ignore deploy --ignore docs --ignore static --ignore tests --ignore var
FRENCH = locale/fr/LC_MESSAGES/django.po
messages: export DEVELOPMENT = 1
messages:
	@command -v msgfmt >/dev/null || { echo "GNU gettext is needed. On Debian or Ubuntu, type: sudo apt install gettext"; exit 1; }
	@.venv/bin/python manage.py makemessages --locale fr --locale en --no-obsolete --no-wrap --add-location file $(SOURCES)
	@msgattrib --clear-fuzzy --clear-previous --empty --no-wrap $(FRENCH) | msgen --no-wrap --output-file $(FRENCH) -
	@.venv/bin/python manage.py compilemessages --locale fr --locale en --ignore .venv --ignore var

# The production file, as Docker Compose understands it.
compose-check:
	@docker compose version >/dev/null 2>&1 || { echo "Docker's compose plugin is needed: https://docs.docker.com/compose/install/"; exit 1; }
	@SECRET_KEY=check ADDRESS_KEY=check POSTGRES_PASSWORD=check docker compose --env-file deploy/env.example config --quiet && echo "docker-compose.yml is valid."

# What a public page costs, against a static file of the same server (after `make run`, once it is stopped).
bench-pages:
	@.venv/bin/python -m bench.pages

# How many supports one hot initiative takes, and whether its number stays true: a site of its own, two minutes.
bench-supports:
	@.venv/bin/python -m bench.supports

# What the map costs with 200,000 coming events, against a file of the same bytes: a database of its own, two minutes.
bench-map:
	@.venv/bin/python -m bench.map

# What reading a text costs before it is published: neither a database nor a server, half a minute.
bench-filter:
	@.venv/bin/python -m bench.filter

# How long a hundred thousand local digests take, from the hour until the last has left: a database of its own.
bench-digests:
	@.venv/bin/python -m bench.digests

# What giving a million initiatives away costs, as files and page by page: a database of its own, ten minutes.
bench-data:
	@.venv/bin/python -m bench.opendata

# What the page of a territory asks of a million initiatives: a database of its own, ten minutes, most of it to fill.
bench-places:
	@.venv/bin/python -m bench.places

# What the order of initiatives costs with a million of them: a database of its own, ten minutes, most of it to fill.
bench-ranking:
	@.venv/bin/python -m bench.ranking

# What a search costs among 300,000 entries, and how good its answers are over the demonstration: ten minutes.
bench-search:
	@.venv/bin/python -m bench.search
