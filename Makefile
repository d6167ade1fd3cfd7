# `make run` needs only Python 3.11 or newer; `make test` also needs the MariaDB server's programs.

PYTHON ?=
ARGS ?=
JOBS ?= 3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --constraint requirements.txt
PINS := requirements.txt pyproject.toml
SERVER := $(VENV)/server-dependencies.txt
GROUPS := setup mysql test bench lint docs
EXPRESS := tests/benchmarks/peers/express
QUICK_BENCHES := $(patsubst %,tests/benchmarks/bench_%.py,miss peers writes)

.PHONY: help run demo test test-mariadb test-sqlite test-mysql coverage faults migrations fuzz bench bench-tools upgrades screenshots stack hosts kubernetes lint docs figures lock clean
.NOTPARALLEL:

help:
	@echo "make run     start Techlist at http://127.0.0.1:8000 (PORT=, HOST= and TECHLIST_DATA_DIR= change that)"
	@echo "make demo    add a sample of 40 technologies and three services to a running Techlist"
	@echo "make test    run the tests on MariaDB and on SQLite, and on MySQL if one is found (ARGS=\"-k cache\" goes to pytest;"
	@echo "             test-mariadb, test-sqlite and test-mysql run one pass each)"
	@echo "make coverage  run the quick tests, and fail if coverage drops"
	@echo "make faults  kill, stop and disconnect every server, at full length, and print the table of docs/reliability.md"
	@echo "make migrations  migrate 1,000,000 rows while the last release serves (ROWS= changes the number)"
	@echo "make fuzz    run the generated cases for parsers, API and order of submissions at full length"
	@echo "make bench   measure the figures in docs/performance.md (QUICK=1: the most important ones, ROWS=1000000: a long list, DOCS=1: write them)"
	@echo "make upgrades  install every old release from the history, fill it, upgrade it, and look for losses"
	@echo "make screenshots  retake the pictures in docs/ from sample data"
	@echo "make stack   build the containers, upgrade them under load, check them, and take them down (Docker or Podman)"
	@echo "make hosts   cut the containers off from each other, one at a time, and print the table of docs/reliability.md"
	@echo "make kubernetes  build docker/kubernetes/ and validate it (kustomize or kubectl, and kubeconform)"
	@echo "make lint    check style, import rules, types, migrations and settings"
	@echo "make docs    build the documentation in site/; a broken link fails"
	@echo "make figures  print statistics of functions, docstrings, texts and call chains"
	@echo "make lock    pin the newest allowed versions in requirements.txt"
	@echo "make clean   remove everything installed or built; .data stays"

# exec replaces the shell: with make as its parent, the program notices when make ends, and make when it ends.
run: $(VENV)/.service $(if $(filter mysql%,$(DATABASE_URL))$(DATABASE_URL_FILE),$(VENV)/.mysql)
	@exec $(BIN)/python -m techlist.local --stop-with-parent

demo: $(VENV)/.service
	@$(BIN)/python manage.py demo $(ARGS)

# Tests mostly wait for processes and deadlines, so two cores can run three parts at a time. --output-sync keeps the
# output of each part together; --keep-going finishes the others when one fails.
test: $(VENV)/.test
ifeq ($(ARGS),)
	@$(MAKE) --no-print-directory --file tests/parts.mk --keep-going --jobs $(JOBS) --output-sync=target
else
	@$(MAKE) --no-print-directory test-mariadb test-sqlite $(if $(shell scripts/find-mysql 2>/dev/null),test-mysql)
endif

test-mariadb: $(VENV)/.test
	TECHLIST_TEST_DATABASE=mariadb $(BIN)/python -m pytest $(ARGS)

test-sqlite: $(VENV)/.test
	TECHLIST_TEST_DATABASE=sqlite $(BIN)/python -m pytest $(ARGS)

# On a MySQL that the tests start, if its program is installed, or on a server that runs:
# TECHLIST_TEST_DATABASE_URL=mysql://root:password@127.0.0.1:3306/techlist
test-mysql: $(VENV)/.test
	TECHLIST_TEST_DATABASE=mysql $(BIN)/python -m pytest $(ARGS)

# Without tests that start processes, which coverage cannot see into. On MariaDB, since the pass on SQLite skips tests
# that do not depend on the database.
coverage: $(VENV)/.test
	TECHLIST_TEST_DATABASE=mariadb $(BIN)/coverage run -m pytest -m "not (slow or faults or browser)" $(ARGS)
	$(BIN)/coverage report

faults: $(VENV)/.test
	FAULTS_FULL=1 TECHLIST_SCHEMA_CASES=10000 TECHLIST_TEST_DATABASE=mariadb \
		$(BIN)/python -m pytest tests/faults tests/api/test_schema.py $(ARGS)

# On MariaDB, and on MySQL if one is found. Needs the whole history of the project, and for 1,000,000 rows 8 GB of disk.
migrations: export ROWS := $(or $(ROWS),1000000)
migrations: $(VENV)/.test
	TECHLIST_TEST_DATABASE=mariadb $(BIN)/python -m pytest tests/faults/test_migrate_under_load.py $(ARGS)
	if scripts/find-mysql >/dev/null; then TECHLIST_TEST_DATABASE=mysql \
		$(BIN)/python -m pytest tests/faults/test_migrate_under_load.py $(ARGS); fi

fuzz: $(VENV)/.test
	FUZZ_FULL=1 TECHLIST_SCHEMA_CASES=10000 TECHLIST_TEST_DATABASE=mariadb $(BIN)/python -m pytest \
		tests/imports/manifests/test_fuzz.py tests/imports/manifests/test_properties.py tests/api/test_schema.py \
		tests/imports/manifests/test_against_libraries.py tests/rules/test_ranges_against_univers.py \
		tests/rules/test_matching_properties.py tests/submissions/test_order.py $(ARGS)

# QUICK=1 takes less than three minutes. ROWS=1000000 measures only a list of that length, and DOCS=1 puts the results
# into docs/performance.md. Emptying large tables afterwards exceeds the usual timeout of a statement.
bench: bench-tools
	DATABASE_TIMEOUT=600 QUICK=$(QUICK) ROWS=$(ROWS) DOCS=$(DOCS) $(BIN)/python -m pytest \
		$(if $(ROWS),tests/benchmarks/bench_rows.py,$(if $(QUICK),$(QUICK_BENCHES),tests/benchmarks/bench_*.py)) $(ARGS)

# What the other servers need, which make ignores if it cannot be installed: their rows in the table say so.
bench-tools: $(VENV)/.test
	-@scripts/needed-packages $(BIN)/python bench
	-@$(PIP) --group bench
	-@[ $(EXPRESS)/node_modules -nt $(EXPRESS)/package-lock.json ] || npm ci --silent --prefix $(EXPRESS)

# Needs the whole history of the project: a shallow clone lacks the old releases.
upgrades: $(VENV)/.test
	TECHLIST_TEST_DATABASE=sqlite $(BIN)/python -m pytest tests/upgrades/bench_*.py $(ARGS)
	TECHLIST_TEST_DATABASE=mariadb $(BIN)/python -m pytest tests/upgrades/bench_*.py $(ARGS)

# Uses its own ports and data, and removes them.
screenshots: $(VENV)/.test
	$(BIN)/python -m tests.browser.screenshots

# BEFORE is the commit to upgrade from. COMPOSE and BUILD replace the commands of the container engine.
stack: $(VENV)/.test
	@nice $(BIN)/python -m tests.containers stack

hosts: $(VENV)/.test
	@nice $(BIN)/python -m tests.containers hosts

kubernetes:
	@scripts/validate-kubernetes

# The checks use a separate data directory: they must neither need nor touch .data.
lint: export TECHLIST_DATA_DIR := $(CURDIR)/$(VENV)/lint-data
lint: $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

# --quiet would keep warnings from failing the build. The theme's notice is known: it gets fixes until May 2027, and its
# successor, Zensical, reads the same mkdocs.yml.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

figures: $(VENV)/.service
	@$(BIN)/python scripts/figures.py
	@$(BIN)/python scripts/call_chains.py

lock: $(VENV)/.setup
	scripts/lock $(BIN)/uv $(GROUPS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage site
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp file marks a group as installed with the current pins.
$(VENV)/.made:
	@echo "Creating a Python environment in $(VENV)..."
	@scripts/make-venv $(VENV) $(PYTHON)
	@touch $@

$(VENV)/.setup: $(VENV)/.made $(PINS)
	@$(PIP) --group setup
	@touch $@

$(VENV)/.service: $(VENV)/.made $(PINS)
	@echo "Installing dependencies (about half a minute, first time only)..."
	@$(BIN)/python scripts/dependencies server >$(SERVER)
	@$(PIP) --requirement $(SERVER)
	@touch $@

$(VENV)/.mysql: $(VENV)/.service
	@scripts/needed-packages $(BIN)/python mysql
	@echo "Installing the MySQL client..."
	@$(PIP) --group mysql
	@touch $@

$(VENV)/.test: $(VENV)/.service
	@scripts/needed-packages $(BIN)/python test
	@echo "Installing test dependencies..."
	@$(PIP) --group mysql --group test
	@touch $@

$(VENV)/.lint: $(VENV)/.test
	@echo "Installing linters..."
	@$(PIP) --group lint
	@touch $@

$(VENV)/.docs: $(VENV)/.made $(PINS)
	@echo "Installing documentation tools..."
	@$(PIP) --group docs
	@touch $@
