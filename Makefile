# Everything a newcomer runs. Needs python3 (3.11 or newer, with venv), make and the package index.
PYTHON_OF_VENV = .venv/bin/python
PACKAGES = canvas sync workers management settings simulator bench manage.py celeryconfig.py
NEXT_TESTS = tests/unit/aio tests/integration/models tests/integration/aio tests/integration/guide
# More than there may be processors: many tests wait for processes of their own.
SIDE_BY_SIDE = 3
WORLDS_TESTS = tests/acceptance/random_worlds
SOAK_TESTS = $(addprefix tests/acceptance/test_promise_,r1.py r2.py r6.py r10.py)

.PHONY: help setup demo sync test test-fast test-next soak check bench format clean

help: ## List the targets (the default)
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## Create .venv from the lock file
	@PYTHON="$(PYTHON)" sh .ci/setup

demo: setup ## Mirror a simulated course three times; needs no token and no server
	@$(PYTHON_OF_VENV) manage.py demo

sync: setup ## Mirror courses: CANVAS_URL=… CANVAS_TOKEN=… make sync COURSE=1234
	@test -n "$(COURSE)" || { echo 'sync: name the course, such as: make sync COURSE=1234' >&2; exit 2; }
	@$(PYTHON_OF_VENV) manage.py sync_course $(COURSE) $(OPTIONS)

test: setup ## Run the whole suite on its own PostgreSQL and Redis-compatible server
	@echo '== all tests, Django on PostgreSQL'
	@$(PYTHON_OF_VENV) -m tests.servers -- $(PYTHON_OF_VENV) -m pytest -q -n $(SIDE_BY_SIDE) --dist worksteal
	@echo '== integration tests and random worlds again, Django on SQLite'
	@$(PYTHON_OF_VENV) -m tests.servers --django sqlite -- $(PYTHON_OF_VENV) -m pytest -q -n 2 --dist worksteal tests/integration --ignore=tests/integration/servers $(WORLDS_TESTS)
	@echo '== models and async transactions again, on the next Django'
	@sh .ci/next $(NEXT_TESTS)

test-fast: setup ## Run the tests that need no server, in seconds
	@DATABASE_URL= $(PYTHON_OF_VENV) -m pytest -q -n 2 --hypothesis-profile=fast tests/unit tests/contract

test-next: setup ## Run the tests of the models on the next Django, where Python 3.12 is present
	@sh .ci/next $(NEXT_TESTS)

soak: export SOAK = 1
soak: export WORLDS ?= 2000
soak: setup ## Random worlds and random kills for hours: WORLDS=2000 stories on each kind of database
	@echo '== random worlds, and kills of runs and of the database, Django on PostgreSQL'
	@$(PYTHON_OF_VENV) -m tests.servers -- $(PYTHON_OF_VENV) -m pytest -q -n 2 --dist worksteal $(WORLDS_TESTS) $(SOAK_TESTS)
	@echo '== random worlds, Django on SQLite'
	@$(PYTHON_OF_VENV) -m tests.servers --django sqlite -- $(PYTHON_OF_VENV) -m pytest -q -n 2 --dist worksteal $(WORLDS_TESTS)

check: setup ## Format, lint, types, import rules, migrations, deployment, links of the docs
	@$(PYTHON_OF_VENV) -m ruff format --check .
	@$(PYTHON_OF_VENV) -m ruff check .
	@$(PYTHON_OF_VENV) -m mypy $(PACKAGES)
	@$(PYTHON_OF_VENV) .venv/bin/lint-imports
	@$(PYTHON_OF_VENV) manage.py makemigrations --check --dry-run
	@$(PYTHON_OF_VENV) -m tests.contract.deployment
	@$(PYTHON_OF_VENV) -m tests.contract.docs_links

bench: setup ## Time whole syncs beside a bare fetch, upserts in three ways, the intake of events
	@$(PYTHON_OF_VENV) -m tests.servers -- $(PYTHON_OF_VENV) -m bench.first_load
	@$(PYTHON_OF_VENV) -m tests.servers -- $(PYTHON_OF_VENV) -m bench.upserts
	@$(PYTHON_OF_VENV) -m tests.servers --durable -- $(PYTHON_OF_VENV) -m bench.webhook_intake

format: setup ## Let ruff put the code into shape
	@$(PYTHON_OF_VENV) -m ruff check --fix-only --quiet .
	@$(PYTHON_OF_VENV) -m ruff format .

clean: ## Remove what can be made again; keeps var/, which holds the mirror and its keys
	@rm -rf .venv .venv-next .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
