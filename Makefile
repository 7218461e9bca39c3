# One entry for everything; `make help` prints the targets from their comments.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV_VERSION := 0.13.9
LOCKED := --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --no-header
COMPILE := $(BIN)/uv pip compile pyproject.toml $(LOCKED)
# Which mail the daemon of `make run` serves is said in this file, written on first use.
CONFIG := var/config.toml
# More words for the command of `run`, `test` and `bench`: make test ARGS="-k maildir".
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo check lint test bench fuzz faults week oracle lock

help: ## print what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(VENV)/.installed ## install the gateway into .venv

run: $(VENV)/.installed $(CONFIG) ## start the daemon on this machine only, in var/
	@exec $(BIN)/helpdesk run --config $(CONFIG) $(ARGS)

demo: $(VENV)/.installed ## show a real conversation, step by step
	@exec $(BIN)/helpdesk demo $(ARGS)

check: lint ## style, types, generated files and locks
	$(BIN)/pytest --quiet tests/test_architecture.py tests/test_docs.py tests/test_locks.py

lint: $(VENV)/.developer ## style and types only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(VENV)/.developer ## run the tests
	$(BIN)/pytest --quiet -n 2 --dist worksteal $(ARGS)

bench: $(VENV)/.developer ## measure
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(VENV)/.fuzzer ## look for bytes that break the reader: ARGS="reader --runs 2000000 --jobs 2"; takes minutes
	$(BIN)/python -m fuzz $(ARGS)

faults: $(VENV)/.developer ## kill the daemon under load, lock its database, cut and flood mail servers; takes minutes
	HELPDESK_LONG_FAULTS=1 $(BIN)/pytest --quiet -o timeout=900 tests/faults/test_locked.py \
		tests/scenarios/test_dovecot.py tests/scenarios/test_postfix.py
	$(BIN)/python -m benchmarks.crash $(ARGS)

week: $(VENV)/.developer ## simulate two weeks at a desk, with 200 tickets; takes minutes
	HELPDESK_WEEK_TICKETS=200 $(BIN)/pytest --quiet -o timeout=900 -k sqlite tests/scenarios/test_desk_week.py $(ARGS)

oracle: $(VENV)/.developer ## compare what customers get for 1,000 known and 1,000 unknown license keys; takes minutes
	HELPDESK_ORACLE_MAILS=1000 $(BIN)/pytest --quiet -o timeout=900 tests/scenarios/test_oracle.py $(ARGS)

lock: $(BIN)/python ## write both requirements locks anew from pyproject.toml
	$(PIP) uv==$(UV_VERSION)
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group build --group dev --output-file requirements-dev.lock
	$(BIN)/uv pip compile --group fuzz $(LOCKED) --output-file requirements-fuzz.lock

$(CONFIG): | $(VENV)/.installed
	@$(BIN)/helpdesk init var >/dev/null
	@echo 'Made $(CONFIG): put your own addresses there when you have seen how it works.'

# A virtual environment that something else made may have no pip; this adds it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'error: Python 3.11 or newer is needed (or: make PYTHON=python3.12 ...)'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo 'error: venv is missing (apt install python3-venv)'; rm -rf $(VENV); exit 1; }

# What is installed already is not looked at again until a lock or pyproject.toml is newer.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@echo 'Installing into $(VENV), this takes a minute ...'
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.developer: requirements-dev.lock $(VENV)/.installed
	@echo 'Installing what the tests need ...'
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/.fuzzer: requirements-fuzz.lock $(VENV)/.developer
	@echo 'Installing the fuzzer ...'
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements-fuzz.lock || \
		{ echo 'error: atheris exists for Linux on x86-64 with Python 3.11 to 3.13 only'; exit 1; }
	@touch $@
