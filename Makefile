# One command for each thing that is done here. `make` alone lists them.
# Needs Python 3.11 or newer with pip and venv; everything else is set up on first use, inside this folder.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
UV := .uv/bin/uv
BIN := .venv/bin
# Four workers keep two cores busy: tests also wait for processes and sockets. Neighbours stay together, as they share what is started.
WORKERS ?= 4
PARALLEL := -n $(WORKERS) --dist worksteal
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
# Images of Python often forbid compiled files: then every process that the tests start compiles FastAPI anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-fast test-slow test-model soak soak-kills check audit format eval-answers same-answers bench bench-scale bench-peers profile structure snapshots notebook lock docs docs-serve clients try-dists image image-slim sbom try-stack clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: .venv/.ready ## install everything into .venv, as locked

.venv/.ready: pyproject.toml uv.lock | $(UV)
	@echo "installing what is locked into .venv: about a minute, once" >&2
	@$(UV) sync --locked --all-extras --quiet --compile-bytecode
	@$(BIN)/python -m compileall -q service
	@touch $@

$(UV):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11: name a newer one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

demo: setup ## start the service, analyse a sample article with the embedded engine, stop it
	@$(BIN)/subtext demo

run: setup ## serve on 127.0.0.1:8000
	@$(BIN)/subtext serve

test: setup ## every test, with coverage; what this machine cannot run says so in one line
	@$(BIN)/lint-imports
	@$(BIN)/coverage erase
	@$(BIN)/pytest $(PARALLEL) --cov --cov-report=
	@$(BIN)/coverage report --fail-under=95
	@$(BIN)/coverage report --include='*/subtext/domain/*,*/subtext/analysis/*' --fail-under=100

test-fast: setup ## the unit tests alone, without coverage: the inner loop
	@HYPOTHESIS_PROFILE=fast $(BIN)/pytest -q $(PARALLEL) -m "not integration"

test-slow: setup ## the property tests again, with 10,000 examples each
	@HYPOTHESIS_PROFILE=slow $(BIN)/pytest $(PARALLEL) tests/domain tests/analysis tests/engines/llm/test_mutated_answers.py

# qwen2.5-coder-1.5b (1.1 GB, minutes an article) is for runs by hand: make test-model MODEL=… READINGS=15 TOKENS=1500
MODEL ?= gemma-3-270m
READINGS ?= 5
TOKENS ?= 256
test-model: setup ## fetch a real model, serve it with llama-server, read five articles through the whole service
	@.uv/bin/python tests/support/servers/model_weights.py $(MODEL)
	@SUBTEXT_REQUIRE=model SUBTEXT_TEST_MODEL=$(MODEL) SUBTEXT_TEST_MODEL_READINGS=$(READINGS) SUBTEXT_TEST_MODEL_TOKENS=$(TOKENS) \
		$(BIN)/pytest -q -s tests/models

check: setup ## format, lint, types, import contracts, Dockerfile
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile

# 1: a vulnerability is known. 2: the database of vulnerabilities cannot be reached, which is no fault of the code.
audit: setup ## compare the locked dependencies with known vulnerabilities (needs the internet, and says so)
	@$(UV) audit --quiet --preview-features audit-command --locked --no-dev $(AUDIT) || { \
		[ $$? -eq 2 ] && echo "not audited: the database of vulnerabilities cannot be reached from here" >&2; }

format: setup ## format the code, and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: setup ## ten minutes of every kind of request while 30 % of the model's answers are faults; prints a report
	@$(BIN)/python -m benchmarks.soak

soak-kills: setup ## kill workers in the middle of 10,000 items, on SQLite and on PostgreSQL
	@SUBTEXT_KILL_ITEMS=10000 SUBTEXT_REQUIRE=postgres $(BIN)/pytest -q tests/batches/queue/test_killed.py

eval-answers: setup ## replay recorded readers' answers through the whole service, where they lie beside the checkout
	@$(BIN)/python -m benchmarks.eval_answers

same-answers: setup ## compare verdicts with those of another version, whose interpreter OTHER= names
	@$(BIN)/python -m benchmarks.proof_answers --against $(OTHER)

# QUICK=1 measures less: minutes in place of an hour.
bench: setup ## measure what a request costs beside the least that the SDK allows
	@$(BIN)/python -m benchmarks.overhead $(if $(QUICK),--quick)

bench-scale: setup ## measure processes and workers over one PostgreSQL, and write docs/scale.md (some six minutes)
	@$(BIN)/python -m benchmarks.scale --write

# Each peer in an environment of its own: none of them is ever a dependency.
PEER_BASE := fastapi uvicorn[standard] openai
bench-peers: setup ## install the peers, measure all in turn, and write docs/benchmarks.md
	@$(UV) venv --quiet --allow-existing .peers/instructor && $(UV) pip install --quiet --python .peers/instructor $(PEER_BASE) instructor
	@$(UV) venv --quiet --allow-existing .peers/pydantic_ai && $(UV) pip install --quiet --python .peers/pydantic_ai $(PEER_BASE) pydantic-ai-slim[openai]
	@$(UV) venv --quiet --allow-existing .peers/langchain && $(UV) pip install --quiet --python .peers/langchain $(PEER_BASE) langchain-openai
	@$(UV) venv --quiet --allow-existing .peers/litellm && $(UV) pip install --quiet --python .peers/litellm 'litellm[proxy]'
	@$(BIN)/python -m benchmarks.overhead --peers $(if $(QUICK),--quick)

profile: setup ## profile requests of the whole service; writes profile.html, a page that any browser opens
	@$(BIN)/python -m benchmarks.profile

structure: setup ## count modules, names used twice, what a POSTed article enters, and places that wire
	@$(BIN)/python -m benchmarks.structure

snapshots: setup ## write generated documents anew: the OpenAPI snapshot, docs/settings.md, docs/errors.md
	@SUBTEXT_UPDATE_SNAPSHOTS=1 $(BIN)/pytest -q tests/house

notebook: setup ## run the notebook of examples/, and write it with its outputs
	@SUBTEXT_UPDATE_SNAPSHOTS=1 $(BIN)/pytest -q tests/examples

# The pages as they lie in the repository, and what they link to; built in a folder of its own, without network.
SITE ?= .site
PAGES := README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md LICENSE docs prompts examples deploy clients/*/README.md training/*.md
docs: setup ## build the documentation as a site, strictly and offline: .site/html/index.html
	@rm -rf $(SITE)/pages && mkdir -p $(SITE)/pages
	@tar -chf - $(PAGES) | tar -xf - -C $(SITE)/pages
	@cp mkdocs.yml $(SITE)
	@$(BIN)/zensical build --clean --strict --config-file $(SITE)/mkdocs.yml
	@echo "open $(SITE)/html/index.html"

DOCS_ADDRESS ?= 127.0.0.1:8080
docs-serve: docs ## preview the documentation on http://127.0.0.1:8080; `make docs` beside it renews the pages
	@$(BIN)/zensical serve --config-file $(SITE)/mkdocs.yml --dev-addr $(DOCS_ADDRESS)

lock: $(UV) ## resolve the dependencies anew
	@$(UV) lock --upgrade

clients: $(UV) ## build the packages of both clients into dist/
	@$(UV) build --quiet --wheel --out-dir dist clients/python
	@cd clients/typescript && npm ci --no-audit --no-fund --silent && npm run --silent build && npm pack --silent --pack-destination ../../dist

# DIST=folder tries what is built already; PYTHONS="3.12 3.13" must be there, and without it what is not there is named.
PYTHONS ?=
try-dists: $(UV) ## try wheel and sdist of service and client in clean environments, on every Python from 3.11 that is here
	@PYENV_VERSION="$$(pyenv versions --bare 2>/dev/null | grep '^3\.1[1-9]' | paste -sd: -)" UV=$(CURDIR)/$(UV) \
		$(PYTHON) tests/support/distributions.py $(if $(DIST),--dist $(DIST)) $(PYTHONS)

ENGINE = $(or $(shell command -v podman || command -v docker),$(error podman or docker is needed))
# Podman leaves the health check out of an image unless it is told to use Docker's format.
BUILD = $(ENGINE) build $(if $(findstring podman,$(ENGINE)),--format docker) --build-arg REVISION=$(shell git rev-parse HEAD)
image: ## build the container image with podman or docker
	@$(BUILD) -t subtext .

image-slim: ## build the smaller image: the path to a model alone
	@$(BUILD) --target slim -t subtext:slim .

sbom: $(UV) ## write sbom.cdx.json: what the lock may install, for every system, with hashes (an image has its own inside)
	@$(UV) export --locked --quiet --no-dev --all-extras --preview-features sbom-export --format cyclonedx1.5 -o sbom.cdx.json

try-stack: setup ## try the compose stack and the pods with podman: a worker is killed in a batch of 1,000 (minutes)
	@SUBTEXT_TRY_STACK=1 SUBTEXT_REQUIRE=container,stack $(UV) run --no-sync --quiet --with podman-compose $(BIN)/pytest -q tests/deploy/test_stack.py tests/deploy/test_pods.py

clean: ## remove everything that was set up here
	@rm -rf .venv .uv .site dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
