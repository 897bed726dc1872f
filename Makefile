# make demo   set up, index the example corpus, ask it three questions
# make test   install what the tests need and run them all
# make check  what CI runs: lint, types, tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types clean

$(BIN)/retriever: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $(BIN)/retriever

$(VENV)/dev: pyproject.toml $(BIN)/retriever
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/dev

demo: $(BIN)/retriever
	@BIN=$(BIN) bash examples/demo.sh

# In two parts, since the libraries of the second stay in the memory of whoever has imported them. Two arenas: with one
# for each thread, glibc keeps half of what the tests have freed. Bytecode is kept, whatever the environment says: the
# tests start a thousand interpreters.
WAYS_IN := tests/serving tests/integrations tests/test_examples.py
PYTEST = PYTHONDONTWRITEBYTECODE= MALLOC_ARENA_MAX=2 $(BIN)/python -m pytest -n 2 --dist loadfile

test: $(VENV)/dev
	$(PYTEST) tests $(WAYS_IN:%=--ignore=%)
	$(PYTEST) $(WAYS_IN)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

check: lint types test

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
