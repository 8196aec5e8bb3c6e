# Every target sets up what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MESSAGES ?= 200
STACK ?= dev
SOURCES := __main__.py agent components planner local tests bench docs examples

.DEFAULT_GOAL := help
.PHONY: help setup demo preview test check format install-test engine-test image-test cluster-test soak bench figures docs lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One virtual environment for make and for pulumi, from the lock (versions and hashes).
# uv itself is the first thing the lock pins; it then installs the rest in seconds.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: $(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^[a-z]/ {own = /^uv==/} own' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --requirement requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(READY) ## Create .venv from requirements.lock

demo: $(READY) ## The main job on this laptop: images through a queue, a fleet that scales (MESSAGES=200)
	@$(BIN)/shoal-local up --messages $(MESSAGES)

preview: $(READY) ## The resource tree of a stack, with no account and no CLI (STACK=dev)
	@$(BIN)/shoal-local preview --stack $(STACK)

test: $(READY) ## The tests: no account, no cluster, loopback only
	@$(BIN)/python -m pytest -q --numprocesses auto --dist worksteal

check: $(READY) ## Lint, format, types, structure
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(wildcard $(SOURCES))
	@$(BIN)/python -m pytest -q tests/structure

format: $(READY) ## Format the code and fix what the linter can fix
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

install-test: $(READY) ## The distribution in fresh environments, with and without its extras
	@$(BIN)/python -m pytest -q -m install tests/install

engine-test: $(READY) ## The stack program under the real Pulumi engine (needs the pulumi CLI on PATH)
	@if command -v pulumi >/dev/null; then $(BIN)/python -m pytest -q -m engine tests/engine; \
	else echo "engine tests left out: no pulumi CLI on PATH"; fi

image-test: $(READY) ## Build the agent image and run it (needs root and Debian; installs buildah)
	@tests/image/run

cluster-test: $(READY) ## Real Kubernetes and KEDA on this machine (needs root, Debian and Go)
	@tests/cluster/run

soak: $(READY) ## 100,000 messages through agents that are killed and replaced (SOAK='--messages 5000')
	@tests/agent/soak/run $(SOAK)

bench: $(READY) ## Shoal's agent and planner beside their peers, as ratios from one run
	@$(BIN)/python -m bench

figures: $(READY) ## Draw the pictures of the docs again
	@$(BIN)/python docs/figures.py

docs: $(READY) ## Write the generated tables of the docs again
	@$(BIN)/python docs/generate.py

lock: $(READY) ## Resolve the dependencies again and write requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --all-extras --group dev --no-emit-package shoal \
	  --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	@$(BIN)/python tests/structure/constraints.py > constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --extra thumbnails --constraint requirements.lock \
	  --custom-compile-command "make lock" --output-file agent/requirements.txt pyproject.toml

clean: ## Remove what the targets made
	rm -rf $(VENV) out build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
