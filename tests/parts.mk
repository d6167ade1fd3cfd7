# The parts of `make test`, the longest first. Each starts servers of its own, so they can run side by side.

# Some parts take long for the faults that they find: each commit runs a third of their tests, and CI's matrix runs
# all. SAMPLE=1 runs all here, too.
SAMPLE ?= 3
SEED ?= $(shell git rev-parse --short=8 HEAD 2>/dev/null || echo 0)
SAMPLED := TECHLIST_TEST_SAMPLE=$(SAMPLE) TECHLIST_TEST_SEED=$(SEED)

PYTEST := .venv/bin/python -m pytest --durations=20 --durations-min=4
MARIADB := TECHLIST_TEST_DATABASE=mariadb $(PYTEST)
MYSQL := TECHLIST_TEST_DATABASE=mysql $(PYTEST)
SQLITE := TECHLIST_TEST_DATABASE=sqlite $(PYTEST)
QUICK := not (slow or faults or browser)
PAGES := tests/admin tests/frontend
SECURITY := tests/security
PROGRAMS := tests/cli tests/commands tests/project
DATA := tests/imports tests/lifecycles tests/rules
# Collecting the cases of the schema takes 12 s: only the part that runs them reads the file.
SCHEMA := tests/api/test_schema.py

# A third pass, of the same tests as on SQLite, if there is a MySQL.
THIRD := $(if $(shell scripts/find-mysql 2>/dev/null),mysql)

.PHONY: all faults rest data slow browser pages programs sqlite security mysql
all: faults rest data slow browser pages programs sqlite $(THIRD) security

slow:
	$(SAMPLED) $(MARIADB) -m "slow and not (faults or browser)" --ignore $(SCHEMA)

faults:
	$(MARIADB) -m faults tests/faults

pages:
	$(MARIADB) -m "$(QUICK)" $(PAGES)

programs:
	$(SAMPLED) $(MARIADB) -m "$(QUICK)" $(PROGRAMS)

security:
	$(SAMPLED) $(MARIADB) -m "$(QUICK)" $(SECURITY)

data:
	$(MARIADB) -m "$(QUICK)" $(DATA)

rest:
	$(SAMPLED) $(MARIADB) -m "$(QUICK)" $(addprefix --ignore ,$(PAGES) $(SECURITY) $(PROGRAMS) $(DATA)) tests

browser:
	$(SAMPLED) $(MARIADB) -m browser tests/browser

sqlite:
	$(SAMPLED) $(SQLITE)

mysql:
	$(SAMPLED) $(MYSQL) -m "not (slow or faults or browser)"
