# Vitrail: `make` alone says what there is to do. Nothing but Python 3.11 or later and make is needed beforehand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# One environment for running and for developing: the locks agree on every version, so that what is tested is what
# runs. Each lock has a stamp of its own, so that `make run` need not fetch the tools of the tests.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes

# T=tests/shared takes a part of the tests; OPTIONS="-x -k codes" goes to pytest as it is; OPTIONS="requests --quick" to the benchmarks.
T ?=
OPTIONS ?=
# OVERLAY=deploy/kubernetes/overlays/production: what `make render` prints.
OVERLAY ?= deploy/kubernetes/overlays/production

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
# In an environment of its own: a tool that no part needs brings thirty packages.
BILL := cyclonedx-bom==7.5.0
# Likewise: it judges what a package index would show of the client.
TWINE := twine==7.0.0
# Everything with types: the shared library, the rules of the services, and what the tests stand on.
TYPED := shared $(wildcard services/*/rules services/*/rules.py) event_catalogue gateway/event_pages.py \
	one_machine/kafka one_machine/event_logs.py one_machine/furnishing $(wildcard one_machine/mail_catcher*) tests/support deploy/checks portal api_client_generator release

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run kafka-up kafka-down test test-quick test-postgres tools lint format types manifests render requirements chaos bench load lock openapi clients events sbom advisories release compatibility restore-drill screenshots clean

help: ## say what there is to do
	@echo "Vitrail"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEVELOPMENT) ## make the environment in .venv, with the tools of the tests (PYTHON=python3.12 chooses one)

run: $(RUNTIME) ## start everything on this machine and say what to open; Ctrl-C stops it
	@$(BIN)/python -m one_machine

kafka-up: $(RUNTIME) ## start a real Kafka on this machine, which goes on until kafka-down (VERSION=oldest, PORT=9093)
	@$(BIN)/python -m one_machine.kafka up $(if $(VERSION),--version $(VERSION)) $(if $(PORT),--port $(PORT))

kafka-down: $(RUNTIME) ## stop that Kafka; its data stays
	@$(BIN)/python -m one_machine.kafka down

test: $(DEVELOPMENT) ## run the tests (T=tests/shared: a part; OPTIONS="-x -k codes": for pytest)
	$(BIN)/python -m pytest $(T) $(OPTIONS)

test-quick: $(DEVELOPMENT) ## run the tests that need neither PostgreSQL nor Kafka and take no time
	$(BIN)/python -m pytest $(T) -m "not slow and not kafka" -k "not postgres" $(OPTIONS)

test-postgres: $(DEVELOPMENT) ## run the database tests on PostgreSQL alone (VITRAIL_TEST_POSTGRES=/usr/lib/postgresql/15/bin: on that one)
	$(BIN)/python -m pytest $(T) -k postgresql $(OPTIONS)

tools: $(DEVELOPMENT) ## install what some tests need and pip cannot bring (Debian, as root: Redis, Java, Maven, npm, Chromium, bubblewrap, promtool; Kafka's jars; checkov)
	@missing=; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	command -v mvn >/dev/null || missing="$$missing maven"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	command -v promtool >/dev/null || missing="$$missing prometheus"; \
	[ -z "$$missing" ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; } \
		|| echo "could not be installed:$$missing; the tests that need them are skipped (in CI they fail)"
	@$(BIN)/python -m one_machine.kafka fetch --version all \
		|| echo "Apache Kafka could not be fetched: the tests that need it are skipped (in CI they fail)"
	@npm ci --prefix tests/contracts/asyncapi --silent --no-audit --no-fund \
		|| echo "the AsyncAPI parser could not be fetched: its tests are skipped (in CI they fail)"
	@command -v chromium >/dev/null && npm ci --prefix tests/portal/browser --silent --no-audit --no-fund \
		|| echo "Chromium or axe could not be fetched: the tests of the portal in a browser are skipped (in CI they fail)"
	@npm ci --prefix deploy/checks/compose --silent --no-audit --no-fund \
		|| echo "the linter of compose files could not be fetched: make manifests passes over it (in CI it fails)"
	@$(BIN)/python -m deploy.checks install \
		|| echo "checkov could not be fetched: make manifests passes over it (in CI it fails)"
	@command -v npm >/dev/null && $(BIN)/python -c "from tests.support.oidc_provider import installed; installed()" \
		|| echo "the OpenID provider could not be fetched: the tests of social sign-in are skipped (in CI they fail)"

lint: $(DEVELOPMENT) ## check style, formatting, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(TYPED)
	$(BIN)/python -m event_catalogue check
	$(BIN)/python -m pytest -q tests/architecture/test_imports.py

format: $(DEVELOPMENT) ## put the code into its one form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(DEVELOPMENT) ## check the types
	$(BIN)/mypy $(TYPED)

manifests: $(DEVELOPMENT) ## check deploy/: manifests, alerts, Dockerfile, compose file, against the code, and the checks themselves
	$(BIN)/python -m deploy.checks

render: $(DEVELOPMENT) ## print what an overlay would apply (OVERLAY=deploy/kubernetes/overlays/staging)
	@$(BIN)/python -m deploy.checks render $(OVERLAY)

requirements: $(DEVELOPMENT) ## print a line for each requirement: proven by which test, failing, or missing
	@$(BIN)/python -m tests.support.requirements

chaos: $(DEVELOPMENT) ## kill and cut while facts are written, then look that each had its one effect (SEED=7; OPTIONS="--runs 10")
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(OPTIONS)

bench: $(DEVELOPMENT) ## measure the speed of what matters (OPTIONS="requests --quick": that one, briefly)
	$(BIN)/python -m tests.benchmarks $(OPTIONS)

load: $(DEVELOPMENT) ## measure a week's morning of 1,000 and 10,000 pupils on the running system (OPTIONS="--pupils 5000"; "--rows 100000")
	$(BIN)/python -m tests.load $(OPTIONS)

lock: $(DEVELOPMENT) ## pin every package with its hashes after a change of pyproject.toml (UPGRADE=1: newest versions)
	$(COMPILE) --extra postgres --extra kafka --extra telemetry --output-file requirements.lock
	$(COMPILE) --extra postgres --extra kafka --extra telemetry --extra dev --constraint requirements.lock --output-file requirements-dev.lock

openapi: $(RUNTIME) ## print the joined description of the public API (while `make run` runs)
	@$(BIN)/python -m gateway openapi

clients: $(DEVELOPMENT) ## write deploy/openapi.json and the Python client vitrail_client/ from the declarations (OPTIONS=check: only compare)
	$(BIN)/python -m api_client_generator $(OPTIONS)

events: $(DEVELOPMENT) ## write the AsyncAPI document and the schemas from the declarations (OPTIONS=check: only compare)
	$(BIN)/python -m event_catalogue $(OPTIONS)

sbom: $(DEVELOPMENT) ## write what an image holds, with versions, hashes and licences (CycloneDX), to var/vitrail.cdx.json
	@$(BIN)/uv venv --quiet --clear var/image
	@$(BIN)/uv pip install --quiet --python var/image --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
	@$(BIN)/uv tool run --quiet --from $(BILL) cyclonedx-py environment var/image --pyproject pyproject.toml \
		--mc-type application --output-reproducible --output-format JSON --output-file var/vitrail.cdx.json
	@rm -r var/image

advisories: $(DEVELOPMENT) ## compare the lock with what is known to be vulnerable (3: no source of advisories could be asked)
	@$(BIN)/python -m release advisories

release: $(DEVELOPMENT) ## make what a release hands over, the same bytes each time, in dist/<version>/ (SIGN=1: signed); says how to tag it
	@$(BIN)/python -m release check
	@$(BIN)/python -m release advisories || [ $$? -eq 3 ]
	@$(MAKE) --no-print-directory sbom
	@$(BIN)/python -m release write --bill var/vitrail.cdx.json $(if $(SIGN),--sign)
	@$(BIN)/uv tool run --quiet --from $(TWINE) twine check --strict dist/*/*.whl

compatibility: $(DEVELOPMENT) ## run the tests of the release before on the schema of this tree, for each service whose migrations changed since
	@$(BIN)/python -m tests.compatibility $(if $(OPTIONS),-- $(OPTIONS))

restore-drill: $(DEVELOPMENT) ## fill the system, back it up, destroy and restore it, compare row by row, and look whether parents see what was there
	@$(BIN)/python -m tests.restore_drill

screenshots: $(DEVELOPMENT) ## keep every page of the portal in var/screenshots (languages, schemes, phone, desktop), and the pictures of docs/
	VITRAIL_SCREENSHOTS=var/screenshots $(BIN)/python -m pytest tests/portal/browser/test_every_page.py $(OPTIONS)
	@$(BIN)/python -m tests.portal.browser.pictures var/screenshots docs/portal

clean: ## remove what tools left behind; the environment and the state in var/ stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis var/test-results build dist *.egg-info
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

$(DEVELOPMENT): requirements-dev.lock $(BIN)/python
	@echo "Installing what Vitrail and its tests need into $(VENV) (the first time takes a minute or two) ..."
	@$(INSTALL) --requirement requirements-dev.lock
	@touch $(RUNTIME) $@

$(RUNTIME): requirements.lock $(BIN)/python
	@echo "Installing what Vitrail needs into $(VENV) (the first time takes a minute) ..."
	@$(INSTALL) --requirement requirements.lock
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Vitrail needs Python 3.11 or later, and there is no $(PYTHON) here (Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Vitrail needs Python 3.11 or later, and $(PYTHON) is older. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make a virtual environment: its venv or pip is missing (Debian: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
