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

# What is checked, each in a process of its own, two at a time: what one has imported and held goes with it. The tests of
# models and the types, which take a gigabyte, come first, each beside tests that take little; then the longest, so that
# none is left alone at the end. What is below a group and a group of its own is left out of it: tests are those of no
# other.
# Two arenas: with one for each thread, glibc keeps half of what the tests have freed. Threads of OpenMP that wait do so
# passively: they would take the CPU from the tests beside. Bytecode is kept, whatever the environment says: the tests
# start a thousand interpreters.
CHECKS := lint tests/models tests/search tests/integrations tests/ingest types tests tests/index/contract tests/index \
	tests/serving/page tests/serving tests/cli tests/documents
GROUPS := $(filter tests%,$(CHECKS))
SIDE_BY_SIDE := --jobs=2 --keep-going --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync)

test: $(VENV)/dev
	$(MAKE) $(SIDE_BY_SIDE) $(GROUPS)

.PHONY: $(GROUPS)
$(GROUPS):
	PYTHONDONTWRITEBYTECODE= MALLOC_ARENA_MAX=2 OMP_WAIT_POLICY=passive \
		$(BIN)/python -m pytest $@ $(patsubst %,--ignore=%,$(filter $@/%,$(GROUPS)))

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

check: $(VENV)/dev
	$(MAKE) $(SIDE_BY_SIDE) $(CHECKS)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
