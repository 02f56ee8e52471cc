# Everything runs in .venv, made from the lock files; `make` prints what there is.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PYTHONUTF8 := 1
# Where it is set, each start compiles all that it imports: more than a second.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run playground test coverage-flows check fix lint types contracts bench bench-updates bench-retrieval bench-ordering bench-lookup bench-import bench-diagnosis bench-scope bench-secrecy pictures fit lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/run.stamp: requirements.lock pyproject.toml
	@echo "installing into $(VENV), once: about a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/dev.stamp ## the environment for development, from the lock

run: $(VENV)/run.stamp ## the bot; without INVOICE_BOT_TOKEN, the playground in the browser
	@$(BIN)/python -m bot start

playground: $(VENV)/run.stamp ## the playground in the browser, whatever the settings
	@$(BIN)/python -m bot playground

test: install ## all tests
	$(BIN)/python -m pytest

.PHONY: test-postgresql
test-postgresql: install ## the storage tests on the server that TEST_POSTGRESQL_URL names; needs asyncpg
	@test -n "$(TEST_POSTGRESQL_URL)" || { echo "TEST_POSTGRESQL_URL=postgresql+asyncpg://USER@HOST:PORT/postgres"; exit 2; }
	$(BIN)/python -m pytest -n0 tests/storage -k postgresql

coverage-flows: install ## which questions and repairs of each flow the dialogues exercise
	@$(BIN)/python -m tests.dialogues.coverage

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

contracts: install
	$(BIN)/lint-imports

check: lint types contracts test ## format, lint, types, import contracts, tests

fix: install ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## resolve the lock files anew (needs uv on the PATH)
	uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file requirements.lock
	uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra e5 --group dev --constraint requirements.lock --output-file requirements-dev.lock

bench: bench-updates bench-retrieval bench-ordering bench-lookup bench-import bench-diagnosis bench-scope bench-secrecy ## all benchmarks

bench-updates: install ## one reply's cost, beside a plain echo bot
	$(BIN)/python -m tests.benchmarks.updates

bench-retrieval: install ## how well questions find their topics, beside WRatio
	$(BIN)/python -m tests.benchmarks.retrieval

bench-ordering: install ## how soon a check helps, in the authors' order and in the learned one
	$(BIN)/python -m tests.benchmarks.ordering

bench-lookup: install ## how well and fast invoices are found among a million, beside rapidfuzz, FTS5, tantivy
	$(BIN)/python -m tests.benchmarks.lookup

bench-import: install ## a million invoices in, beside csv and sqlite3 alone
	$(BIN)/python -m tests.benchmarks.imports

bench-diagnosis: install ## whether a near miss is blamed on the right fields, and nothing is given away
	$(BIN)/python -m tests.benchmarks.diagnosis

bench-scope: install ## whether anybody is shown what is outside of their scope: 100,000 hostile queries, taps and links
	$(BIN)/python -m tests.benchmarks.scope

bench-secrecy: install ## whether words or time tell that an invoice of others exists
	$(BIN)/python -m tests.benchmarks.secrecy

fit: install ## prepare the retriever after a change of phrasings
	$(BIN)/python -m bot knowledge fit tests/fixtures/utterances-dev.jsonl

pictures: install ## the pictures in docs/pictures, anew, by the browser tests
	PICTURES=1 $(BIN)/python -m pytest -n0 tests/browser

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
