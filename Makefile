# Targets set up their own virtual environment in .venv with plain pip, from locks with hashes. A lock that has
# not changed is not installed again. `make PYTHON=python3.12 VENV=.venv-3.12 test` uses another interpreter.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
UV ?= uv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
REPORTING := $(VENV)/reporting-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
DEVELOPING := $(VENV)/developing-$(shell cat requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
# Tests start many processes: without compiled files on disk each would compile the toolkit again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
PARALLEL := $(PYTEST) --numprocesses logical --maxprocesses 4 --dist worksteal
LOCK := $(UV) pip compile pyproject.toml --group setup --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help report batch docs test test-all test-slow test-lab fuzz lint types format lab bench schema wheel lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

report: $(REPORTING) ## Report on params/quickstart.yaml for 10, 100 and 1,000 clusters; prints where the HTML is
	@$(BIN)/tco report params/quickstart.yaml --fleet-sizes 10,100,1000 --out reports

batch: $(REPORTING) ## Make the reports of params/batches/engineer_rates.yaml, with a page over all of them
	@$(BIN)/tco report params/batches/engineer_rates.yaml

docs: $(DEVELOPING) ## Build the documentation into site/, with reports on the five packaged scenarios
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/tco report backup_metadata_store enterprise_mixed quickstart startup_small steady_high_throughput --out site/reports
	@echo "site/index.html; serve it with: $(BIN)/python -m http.server --bind 127.0.0.1 --directory site"

test: $(DEVELOPING) ## Run the tests that are quick and need no system package
	$(PARALLEL) -m "not browser and not server and not office and not slow"

test-all: ## Run all tests, also the slow ones and those of Chromium, LibreOffice and servers
	@for part in test test-slow test-lab; do $(MAKE) $$part || exit 1; done

test-slow: $(DEVELOPING) ## Run the tests that are slow or need Chromium, LibreOffice or a server
	$(PARALLEL) --ignore=tests/lab -m "browser or server or office or slow"

test-lab: $(DEVELOPING) ## Run the tests in JupyterLab, alone: some measure how long an answer takes
	$(PYTEST) tests/lab

fuzz: $(DEVELOPING) ## Try 10,000 spoilt scenarios and texts and 1,250 commands, from a seed of the day
	TCO_FUZZ=10000 TCO_FUZZ_SEED=$$(date +%Y%m%d) $(BIN)/python -m pytest tests/fuzz

lint: $(DEVELOPING) ## Check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEVELOPING) ## Check types
	$(BIN)/mypy

format: $(DEVELOPING) ## Lay the code out, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(DEVELOPING) ## Open JupyterLab on the explorer; it asks nothing of the network
	JUPYTER_CONFIG_PATH=$(CURDIR)/notebooks/settings:$$JUPYTER_CONFIG_PATH $(BIN)/jupyter lab notebooks/explore.ipynb

bench: $(DEVELOPING) ## Run the measurements of benchmarks/
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

schema: $(REPORTING) ## Write params/scenario.schema.json again, after a change of keys, assumptions or platforms
	@$(BIN)/tco schema > params/scenario.schema.json.new
	@mv params/scenario.schema.json.new params/scenario.schema.json

wheel: $(REPORTING) ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

lock: ## Resolve the dependencies of pyproject.toml again (needs uv); keeps the versions that still fit
	$(LOCK) --all-extras --group test --group browser --group checks --group docs --output-file requirements-dev.lock
	$(LOCK) --constraints requirements-dev.lock --output-file requirements.lock

clean: ## Remove the virtual environment, reports and caches
	rm -rf $(VENV) reports dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(REPORTING): | $(BIN)/python
	@echo "Installing what reports need into $(VENV); a minute the first time"
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/reporting-* && touch $@

$(DEVELOPING): | $(BIN)/python
	@echo "Installing what development and tests need into $(VENV); two minutes the first time"
	@$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/reporting-* $(VENV)/developing-* && touch $@ $(REPORTING)
