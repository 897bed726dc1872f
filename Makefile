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

# In three parts, since libraries stay in the memory of whoever has imported them: those of the last are many, and the
# first starts a process of a gigabyte for a model of the torch backend. Files come in their order, not by their number
# of tests: the longest tests are alone in their files, and one worker would wait for the last of these.
# Two arenas: with one for each thread, glibc keeps half of what the tests have freed. Threads of OpenMP that wait do so
# passively: they would take the CPU from the tests beside. Bytecode is kept, whatever the environment says: the tests
# start a thousand interpreters.
WAYS_IN := tests/test_examples.py tests/integrations tests/serving
PYTEST = PYTHONDONTWRITEBYTECODE= MALLOC_ARENA_MAX=2 OMP_WAIT_POLICY=passive \
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/dev
	$(PYTEST) tests/models
	$(PYTEST) tests --ignore=tests/models $(WAYS_IN:%=--ignore=%)
	$(PYTEST) $(WAYS_IN)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

check: lint types test

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
