# The parts of `make test`, the longest first. Each starts servers of its own, so they can run side by side.

PYTEST = $(1) .venv/bin/python -m pytest --durations=20 --durations-min=4
MARIADB := $(call PYTEST,TECHLIST_TEST_DATABASE=mariadb)
SQLITE := $(call PYTEST,TECHLIST_TEST_DATABASE=sqlite)
QUICK := not (slow or faults or browser)
PAGES := tests/admin tests/frontend tests/security
DATA := tests/imports tests/lifecycles tests/rules
# Collecting the cases of the schema takes 12 s: only the part that runs them reads the file.
SCHEMA := tests/api/test_schema.py

.PHONY: all slow faults pages data rest browser sqlite
all: slow faults rest browser pages data sqlite

slow:
	$(MARIADB) -m "slow and not (faults or browser)" --ignore $(SCHEMA)

faults:
	$(MARIADB) -m faults tests/faults

pages:
	$(MARIADB) -m "$(QUICK)" $(PAGES)

data:
	$(MARIADB) -m "$(QUICK)" $(DATA)

rest:
	$(MARIADB) -m "$(QUICK)" $(addprefix --ignore ,$(PAGES) $(DATA)) tests

browser:
	$(MARIADB) -m browser tests/browser

sqlite:
	$(SQLITE)
