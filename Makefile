# Everything here works on a fresh clone; python3 (3.11 or newer), make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
unexport PYTHONDONTWRITEBYTECODE # each of the many processes would compile all modules again

.PHONY: help run test contract soak check format docs screenshots bench strength client clean
SECONDS ?= 60

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## Start the server
	@$(BIN)/coldsend-mock serve

test: $(VENV)/.test ## Run everything that must pass
	$(BIN)/python -m pytest -n 4 # more than cores: tests wait for browsers and sockets

contract: $(VENV)/.test ## Check the mock, or URL=…, rule by rule
	$(BIN)/coldsend-mock check $(URL)

soak: $(VENV)/.test ## Send random requests to a mock for SECONDS=60
	$(BIN)/python -m tests.soak --seconds $(SECONDS)

check: $(VENV)/.check ## Lint and type-check; where npm is, lint openapi.yaml, too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.lint

format: $(VENV)/.check ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test ## Write the tables of the documentation anew
	$(BIN)/python -m tests.tables

screenshots: $(VENV)/.test ## Write the screenshots of the documentation anew, with Chromium
	$(BIN)/python -m tests.console.screenshots

bench: $(VENV)/.bench ## Measure speed and memory, beside Prism's where npm is present
	$(BIN)/python -m tests.benchmarks

strength: $(VENV)/.test ## Measure how many mutants the contract suite notices
	COLDSEND_EVERY_MUTANT=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q tests/test_mutant_catalogue.py
	$(BIN)/python -m tests.mutants --compare 20 --whole 40 --json build/strength.json
	$(BIN)/python -m tests.mutants.mechanical --whole --json build/mechanical.json

client: .venv-client/.ready ## Let the vendor's published client, and agents, do all they can
	.venv-client/bin/python -m pytest -c tests/client/pytest.ini --confcutdir tests/client tests/client/vendor_client.py tests/client/agent_tasks.py

clean: ## Remove what the other targets made
	rm -rf $(VENV) .venv-client tests/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "coldsend-mock needs Python 3.11 or newer")'
	@echo 'Making a virtual environment in $(VENV).'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo 'Installing coldsend-mock and the libraries it needs into $(VENV), once. This takes about half a minute.'
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@echo 'The command is $(BIN)/coldsend-mock. To call it by its name: . $(BIN)/activate'
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@touch $@

$(VENV)/.check: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	@touch $@

.venv-client/.ready: pyproject.toml # apart, since the client brings half a hundred packages of its own
	$(PYTHON) -m venv .venv-client
	.venv-client/bin/pip install --quiet --disable-pip-version-check --editable '.[client]'
	@touch $@
