# `make up` runs everything in the browser; `make test` proves it. Both install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The official command line, which the tests turn on our sandbox; without npm those tests are skipped, loudly.
STRIPE_CLI := 1.52.0
TYPESCRIPT := 7.0.2
# The newest for Node 20.
LIGHTHOUSE := 12.8.2
export UV_NO_PROGRESS := 1
# Hundreds of processes load thousands of modules: those are compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up test lint types arch unit bench docs lock clean chromium screenshots lighthouse vendor

up: $(VENV)/.run
	@$(BIN)/harrystix up

test: $(VENV)/.dev lint types arch unit

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests ops
	$(BIN)/ruff format --check src tests ops

types: $(VENV)/.dev
	$(BIN)/pyright

arch: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev
	$(BIN)/pytest -n 4 --dist worksteal

bench: $(VENV)/.run
	@$(BIN)/harrystix bench $(if $(ONLY),--only $(ONLY))

# Pages as they are today, for README and documentation.
screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.screenshots

# Five key pages, at least 95 in each category.
lighthouse: $(VENV)/.dev
	npm install --silent --prefix $(VENV)/lighthouse --no-save --no-package-lock --ignore-scripts lighthouse@$(LIGHTHOUSE)
	$(BIN)/python -m tests.lighthouse

# What is not ours in the pages, fetched again as its lock says.
vendor: $(VENV)/bin/uv
	$(BIN)/python ops/vendor.py

docs: $(VENV)/.dev
	$(BIN)/python -m harrystix.adapters.cli.reference docs/reference
	$(BIN)/mkdocs build --strict

$(VENV)/bin/uv: requirements-uv.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-uv.lock

$(VENV)/.run: $(VENV)/bin/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock requirements-spec.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-spec.lock
	-npm install --silent --prefix $(VENV)/stripe-cli --no-save --no-package-lock --ignore-scripts @stripe/cli@$(STRIPE_CLI) typescript@$(TYPESCRIPT)
	@$(MAKE) --no-print-directory chromium
	@touch $@

# Pages are tested in a real one: yours, the system's, or Playwright's own.
chromium:
	@test -n "$$CHROMIUM" || command -v chromium >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null; } || \
	$(BIN)/playwright install --with-deps chromium || $(BIN)/playwright install chromium

# Locks carry hashes and no addresses.
lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -o requirements-uv.lock requirements-uv.in
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml requirements-build.in
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --extra dev -o requirements-dev.lock pyproject.toml requirements-build.in

clean:
	rm -rf $(VENV) site .pytest_cache .ruff_cache .hypothesis
