# Every command that Podium is worked with. Needs python3 (3.11 or newer) with pip, make and a package registry;
# everything else is installed into .tools and .venv, pinned by hash, and again only when a lock changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup dev test test-long check demo bench page types docs lock

SHELL := /bin/sh
UV := .tools/bin/uv
BIN := .venv/bin
PYTEST_ARGS ?=
# Three processes for two cores, since they wait for servers much of the time; at most four, since each starts servers.
# Which tests share one: tests/support/distribution.py.
PROCESSES := $(shell expr \( $$(getconf _NPROCESSORS_ONLN) \* 3 + 1 \) / 2)
IN_PARALLEL := -n $(PROCESSES) --maxprocesses=4 --dist loadscope --no-loadscope-reorder

# The first interpreter that is new enough; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null; done | head -n 1)
# pip only fetches uv, so that of an older python3 will do.
PIP = $(shell for candidate in "$(PYTHON)" python3; do \
	"$$candidate" -m pip --version >/dev/null 2>&1 && echo "$$candidate -m pip" && break; done)

# uv asks the index, and trusts the certificates, that pip does.
INDEX = $(or $(UV_DEFAULT_INDEX),$(PIP_INDEX_URL),$(shell $(PIP) config get global.index-url 2>/dev/null))
CERTIFICATES = $(or $(SSL_CERT_FILE),$(PIP_CERT),$(shell $(PIP) config get global.cert 2>/dev/null),\
	$(wildcard /etc/ssl/certs/ca-certificates.crt))
UV_AS_PIP = env $(if $(INDEX),UV_DEFAULT_INDEX=$(INDEX)) \
	$(if $(CERTIFICATES),SSL_CERT_FILE=$(firstword $(CERTIFICATES))) $(UV)

# Settings of the caller's that would send the installation elsewhere.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME
# Each process would compile all of its modules anew, which takes it twice as long to start.
unexport PYTHONDONTWRITEBYTECODE
export PIP_USER := 0
export PIP_REQUIRE_VIRTUALENV := 0
export PIP_ROOT_USER_ACTION := ignore
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifeq ($(shell test -w "$$HOME" && echo writable),)
export UV_CACHE_DIR := $(CURDIR)/.tools/cache
endif

# An environment remembers the directory that it was made in: a copied or moved clone makes its own.
SYNCED := .venv/.synced
ifneq ($(shell cat $(SYNCED) 2>/dev/null),$(CURDIR))
.PHONY: $(SYNCED)
endif

PEERS := .tools/peers/.synced

# The page is built anew only when something under web/ has changed.
PAGE := api/pages/built/index.html
NODE_MODULES := web/node_modules/.package-lock.json
PAGE_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) \
	$(wildcard $(addprefix web/,index.html package.json tsconfig.json vite.config.ts))

help: ## Show these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(SYNCED) $(PAGE) ## Install everything (the other commands do it by themselves)

dev: $(SYNCED) $(PAGE) ## Start the whole stack: PostgreSQL, Temporal, worker, API; Ctrl-C stops it
	@exec $(BIN)/podium dev

demo: $(SYNCED) ## Fill the running stack with a platform to look at
	@exec $(BIN)/podium demo

test: check $(PAGE) ## Run the checks and every test but the long ones (PYTEST_ARGS="..." narrows it)
	@exec $(BIN)/python -m pytest $(IN_PARALLEL) -m "not long" --durations=10 $(PYTEST_ARGS)

test-long: $(SYNCED) $(PAGE) ## Run the tests that take long: ten thousand rows, soaks, chaos, all examples of properties
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-full} exec $(BIN)/python -m pytest -m "long or hypothesis" --durations=10 $(PYTEST_ARGS)

check: $(SYNCED) $(NODE_MODULES) ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@web/npm --silent run check

page: $(PAGE) ## Build the web page (setup, dev and test do it by themselves)

types: $(SYNCED) $(NODE_MODULES) ## Regenerate the page's types from the API's OpenAPI document
	@$(BIN)/python -m api > web/.openapi.json && web/npm --silent run types < web/.openapi.json > web/.schema.ts && \
		mv web/.schema.ts web/src/api/schema.ts; status=$$?; rm -f web/.openapi.json web/.schema.ts; exit $$status

docs: $(SYNCED) ## Regenerate docs/reference from the code
	@$(BIN)/python -m tools.reference

bench: $(SYNCED) $(PEERS) ## Measure, every figure beside its peers
	@exec $(BIN)/python -m bench.run

lock: $(UV) ## Write the locks anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@$(UV_AS_PIP) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --all-extras --group build --group page --group test \
		$(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	@$(UV_AS_PIP) pip compile --quiet --universal --python-version 3.8 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --group tools $(if $(UPGRADE),--upgrade) -o tools.lock
	@$(UV_AS_PIP) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) bench/peers/requirements.in \
		-o bench/peers/requirements.lock

$(UV): tools.lock
	@test -n "$(PYTHON)" || { echo "Podium needs Python 3.11 or newer, and finds none as python3, python3.13," \
		"python3.12 or python3.11. Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@test -n "$(PIP)" || { echo "Podium needs pip, and neither $(PYTHON) nor python3 has it." \
		"Install it (on Debian: apt-get install python3-pip)." >&2; exit 1; }
	@echo "Installing uv into .tools"
	@rm -rf .tools && $(PIP) install --quiet --no-deps --require-hashes --target .tools -r tools.lock
	@touch $@

$(SYNCED): requirements.lock pyproject.toml | $(UV)
	@echo "Installing Podium and what it needs into .venv (about 20 seconds the first time)"
	@uv="$(UV_AS_PIP)"; $$uv venv --quiet --clear --python "$(PYTHON)" .venv && \
		$$uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
		$$uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --no-index -e .
	@printf '%s\n' "$(CURDIR)" > $@

$(PEERS): bench/peers/requirements.lock | $(UV)
	@echo "Installing DBOS and Prefect, the peers of the benchmarks, into .tools/peers"
	@uv="$(UV_AS_PIP)"; $$uv venv --quiet --clear --python "$(PYTHON)" .tools/peers && \
		$$uv pip sync --quiet --python .tools/peers/bin/python --require-hashes bench/peers/requirements.lock
	@touch $@

$(NODE_MODULES): web/package-lock.json web/.npmrc | $(SYNCED)
	@echo "Installing what the page is built with into web/node_modules"
	@$(if $(CERTIFICATES),NODE_EXTRA_CA_CERTS="$${NODE_EXTRA_CA_CERTS:-$(firstword $(CERTIFICATES))}") web/npm ci --loglevel=error
	@touch $@

$(PAGE): $(PAGE_SOURCES) $(NODE_MODULES)
	@echo "Building the page"
	@web/npm --silent run build
	@touch $@
