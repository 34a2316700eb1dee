# Merestone. Two commands do everything on a fresh machine: `make up` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# What `make up` may be told: make up FILE=areas.geojson AS=suspected SOURCE="survey report 12" ACCURACY_M=25
FILE ?=
ifeq ($(origin AS),default)  # make itself names the assembler so
AS := suspected
endif
SOURCE ?=
ACCURACY_M ?=
REGISTER ?=
PORT ?= 8750
BASEMAP ?=

# What `make test` may be told: make test T="tests/law -k withdrawal"
T ?=

# Test processes: the browser tests wait a third of their time, so three keep two cores busy. Each takes some 1.5 GB.
WORKERS ?= 3

# What `make bench` may be told: make bench SIZE=full
SIZE ?= quick

.DEFAULT_GOAL := help
.PHONY: help up test lint types web-types docs bench messages lock wheel audit sbom coverage coverage-all lowest mutation clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Merestone needs Python 3.11 or newer; this is %s. Name another one: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/.made
	@echo "Setting up: the locked libraries go into $(VENV) (about a minute, once)"
	@$(PIP) install --quiet --require-hashes -r requirements/run.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "Setting up: the locked tools for tests go into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/.bench: requirements/bench.lock $(VENV)/.dev
	@echo "Setting up: the locked peers that speed is measured beside go into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements/bench.lock
	@touch $@

up: $(VENV)/.run  ## set up, create a register (FILE=areas.geojson for your own), serve it on loopback
	@PATH="$(abspath $(BIN)):$$PATH" FILE='$(FILE)' AS='$(AS)' SOURCE='$(SOURCE)' ACCURACY_M='$(ACCURACY_M)' \
	  REGISTER='$(REGISTER)' PORT='$(PORT)' BASEMAP='$(BASEMAP)' sh tools/up.sh

# What the whole suite writes for a moment lies in memory where there are 6 GB for it: a tenth of its time was the disk's.
IN_MEMORY = $$([ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 6000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)

test: $(VENV)/.dev  ## the whole test suite, browser tests included (T="tests/law" for a part)
	@sh tools/engines.sh
	$(if $(T),,env $(IN_MEMORY) )$(BIN)/python -m pytest $(if $(T),$(T),-n $(WORKERS) --dist worksteal -m "not slow")

slow: $(VENV)/.dev  ## the long forms of the properties, 10^7 positions and more
	$(BIN)/python -m pytest -m slow

docs: $(VENV)/.dev  ## the documentation site, from docs/, docstrings and help: artifacts/site/index.html
	$(BIN)/python -m sphinx -b html -q -W --keep-going docs artifacts/site
	@echo "artifacts/site/index.html"

AREAS ?= $(if $(filter full,$(SIZE)),100000,5000)
POSITIONS ?= $(if $(filter full,$(SIZE)),1000000,200000)
ROUNDS ?= 3
EVERY := $(if $(filter full,$(SIZE)),--every)
bench: $(VENV)/.bench  ## speed beside named peers, in one run each (SIZE=full also makes docs/performance.md)
	$(BIN)/python benchmarks/screening.py --areas $(AREAS) --positions $(POSITIONS) --rounds $(ROUNDS) $(EVERY) --out artifacts/screening.json
	$(BIN)/python benchmarks/scaling.py $(if $(filter full,$(SIZE)),--full) --out artifacts/scaling.json
	$(BIN)/python benchmarks/roofline.py --areas $(AREAS) --positions $(POSITIONS) --out artifacts/roofline.json
	$(BIN)/python benchmarks/performance_page.py artifacts/screening.json artifacts/scaling.json artifacts/roofline.json --never-false docs/never-false.log
	$(BIN)/python benchmarks/cold.py $(if $(filter full,$(SIZE)),--full --page docs/performance-cold.md) --out artifacts/cold.json
	$(BIN)/python benchmarks/law_status.py
	$(BIN)/python benchmarks/border.py
	$(BIN)/python benchmarks/balance.py 5000
	$(BIN)/python benchmarks/import_bih.py
	$(BIN)/python benchmarks/daily.py 2
	$(BIN)/python benchmarks/geodesy_check.py

lint: $(VENV)/.dev  ## ruff, and its formatter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

web-types:  ## check the types of the page's scripts with tsc (needs npm; nothing else here does)
	npm ci --no-audit --no-fund
	npm run check

wheel: $(VENV)/.dev  ## build the wheel and see that it holds what it needs, in a fresh environment
	sh tools/wheel.sh $(BIN)/python

MESSAGES := src/merestone/languages/catalogues
messages: $(VENV)/.dev  ## collect the messages of code, templates and scripts, and bring every catalogue up to date
	$(BIN)/pybabel -q extract -F babel.cfg -k gettext_noop -k safety_text --add-comments=safety --add-location=file \
	  --sort-output --no-wrap --project=Merestone -o $(MESSAGES)/messages.pot .
	for po in $(MESSAGES)/*.po; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --no-wrap \
	  --ignore-pot-creation-date -i $(MESSAGES)/messages.pot -o $$po -l $$(basename $$po .po) || exit 1; done

lock: $(VENV)/.dev  ## resolve the dependencies anew, with hashes, for every platform
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --quiet --upgrade --output-file requirements/run.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --extra spark --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --constraint requirements/run.lock --output-file requirements/dev.lock
	$(BIN)/uv pip compile --group bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --quiet --constraint requirements/dev.lock --output-file requirements/bench.lock
	$(BIN)/uv pip compile --group release --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --quiet --constraint requirements/dev.lock --output-file requirements/release.lock

$(VENV)/.release: requirements/release.lock $(VENV)/.dev
	@$(PIP) install --quiet --require-hashes -r requirements/release.lock
	@touch $@

audit: $(VENV)/.release  ## known faults in the locked libraries (asks the advisory database: needs a network)
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements/run.lock

sbom: $(VENV)/.release  ## what a release consists of, as CycloneDX: artifacts/sbom.cdx.json
	@mkdir -p artifacts
	$(BIN)/cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml --output-reproducible \
	  --output-file artifacts/sbom.cdx.json

# Measured on 2026-11-29: 93.3 %. The rooms whose answers lives rest on, by their own tests; raise the floor, never lower it.
coverage: $(VENV)/.release  ## the share of lines of law, release and geodesy that their own tests reach; fails below the floor
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" tests/law tests/release tests/geodesy \
	  --cov=merestone.law --cov=merestone.release --cov=merestone.geodesy --cov-report=term:skip-covered --cov-fail-under=92

coverage-all: $(VENV)/.release  ## all tests once more, with the share of all lines that they reach (twice as slow)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --cov=merestone --cov-report=term:skip-covered

LOWEST := artifacts/lowest
lowest: $(VENV)/.dev  ## the tests on the lowest versions that pyproject.toml allows (needs a network; T="tests/law" for a part)
	$(PIP) install --quiet uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable . --group dev
	NUMBA_CACHE_DIR=$(LOWEST)/numba $(LOWEST)/bin/python -m pytest $(if $(T),$(T),-n 2 --dist worksteal) -m "not slow and not browser"

mutation: $(VENV)/.release  ## change the rules one by one and see whether a test notices (hours; docs/explanation/mutation.md)
	nice $(BIN)/mutmut run --max-children 1
	$(BIN)/mutmut results

clean:  ## remove what these commands made, but no register
	rm -rf $(VENV) build dist artifacts mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis
