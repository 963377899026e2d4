# Waywarden. `make demo` and `make test` do all set-up themselves; `make help` lists the rest.
# Needs Linux, Python 3.11 or newer, and make. Everything else goes into .venv and web/node_modules.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is new enough; set PYTHON=… to choose another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; exit; }; done)
BIN := .venv/bin
# pip says what matters and nothing else; a slow index gets more time.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --timeout 60
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
ARGS ?=
T ?=

.PHONY: help demo up setup board test test-unit test-kafka fuzz lint types check web-check coverage ci-tools lock clean clean-data

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# ---------------------------------------------------------------------------------------------------- running it

demo: export WAYWARDEN_TIED = 1
demo: setup board  ## Start everything with made-up parcels; Ctrl-C stops it (ARGS="--http-port 9000" and so on)
	@$(BIN)/waywarden demo $(ARGS)

up: export WAYWARDEN_TIED = 1
up: setup board  ## Start everything without made-up parcels
	@$(BIN)/waywarden up $(ARGS)

# ---------------------------------------------------------------------------------------------------- set-up

setup: .venv/.ready  ## Make .venv with the locked dependencies
board: web/dist/index.html  ## Build the control-room board

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Waywarden needs Python 3.11 or newer; none was found. Install it or set PYTHON=…"; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "'$(PYTHON) -m venv' does not work; on Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
	@touch $@

.venv/.locked: requirements.lock .venv/.made
	@echo "Installing the locked Python packages (about half a minute with a warm index) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: pyproject.toml .venv/.locked
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The board is built with the machine's Node.js when it is new enough (>= 20.19), else with the one from PyPI.
NODE_OK = node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>22||(a==22&&b>=12)||(a==20&&b>=19)?0:1)' 2>/dev/null && command -v npm >/dev/null
NODE_PATH = if $(NODE_OK); then :; else PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; fi

.venv/.node: requirements-node.lock .venv/.made
	@if $(NODE_OK); then :; else \
		echo "No Node.js >= 20.19 here; installing one from PyPI into .venv …"; \
		$(PIP) install --require-hashes -r requirements-node.lock; fi
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json .venv/.node
	@echo "Installing the board's packages …"
	@$(NODE_PATH); cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo "Building the board …"
	@$(NODE_PATH); cd web && npm run build --silent -- --logLevel error
	@touch $@

# ---------------------------------------------------------------------------------------------------- checking it

test: setup board  ## Run all tests (T="tests/unit -k fold" for some); needs nothing but what set-up brings
	@$(BIN)/python -m pytest -q $(T)

test-unit: setup  ## Run the fast tests only
	@$(BIN)/python -m pytest -q tests/unit $(T)

test-kafka: setup  ## Run the integration tests on a real three-broker Apache Kafka (needs Java 17+ and mvn)
	@$(BIN)/python -m tests.kafka.run $(T)

lint: setup  ## ruff, both kinds, and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: setup  ## mypy --strict on all packages
	@$(BIN)/mypy

web-check: web/node_modules/.package-lock.json  ## Type check and unit tests of the board
	@$(NODE_PATH); cd web && npm run --if-present check && npm run --if-present test -- --passWithNoTests

coverage: setup  ## Branch coverage of core; less than 100 % fails
	@$(BIN)/python -m pytest -q tests/unit/core --cov=core --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

fuzz: setup  ## Fuzz every carrier parser for SECONDS each (default 60; F="ups dhl" for some)
	@$(PIP) install --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(F)

check: lint types web-check test coverage  ## Everything that CI checks, but for the real Kafka

lock: setup  ## Renew requirements*.lock after a change of pyproject.toml (needs uv: pipx install uv)
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra embedded --extra dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group pyproject.toml:node -o requirements-node.lock
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--constraint requirements.lock --extra mail pyproject.toml -o requirements-image.lock
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--constraint requirements.lock --extra fuzz pyproject.toml -o requirements-fuzz.lock

clean:  ## Remove what set-up and builds made; keeps .waywarden
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov tests/kafka/target

clean-data:  ## Remove the demo's data
	rm -rf .waywarden
