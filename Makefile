# Everything starts here. Needs only Python 3.11 or 3.12 with pip; the rest is installed into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
STATE := state
BIN := .venv/bin
# Only what uv.lock names, into this .venv, with the Python that made it; never a Python from elsewhere.
SYNC := UV_PYTHON=$(BIN)/python UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --inexact --quiet
SYNC_FAILED := { echo "The packages could not be installed: see above. With a network, run make again; what is there is kept."; exit 1; }

# Companies that inspect traffic put their own certificate here; uv would otherwise trust only those it brings along.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= 1
endif
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

# The whole suite is shared by two processes, each with servers of its own; a chosen part runs in one.
WORKERS := 2
WHOLE_SUITE := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: help
help: ## show this list
	@echo "make <target>          ARGS=\"…\" is handed on, e.g. make test ARGS=\"-k embedded\""
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.synced-run ## install what is missing, then run Steward and its sandbox page
	@exec $(BIN)/python -m steward run $(ARGS)

.PHONY: doctor
doctor: .venv/.synced-run ## check settings, database, Redis, tokens, webhooks and OCR languages
	@$(BIN)/python -m steward doctor $(ARGS)

.PHONY: test
test: .venv/.synced-dev ## install what is missing, then run the tests
	@$(if $(strip $(ARGS)),$(BIN)/python -m pytest $(ARGS),$(WHOLE_SUITE))

.PHONY: check
check: .venv/.synced-dev ## all that CI runs: format, lint, types, import rules, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(WHOLE_SUITE)

.PHONY: fmt
fmt: .venv/.synced-dev ## format the code and fix what ruff can fix
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: bench
bench: .venv/.synced-dev ## throughput, latency and CPU a message beside a bare floor
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: chaos
chaos: .venv/.synced-dev ## the full crash suite: a hundred kills under load
	@$(BIN)/python -m benchmarks.chaos --kills 100 $(ARGS)

.PHONY: hooks
hooks: .venv/.synced-dev ## check each commit and push on this machine as CI would
	@$(BIN)/pre-commit install --install-hooks --hook-type pre-commit --hook-type pre-push

.PHONY: stop
stop: .venv/.synced-run ## stop the PostgreSQL and Redis that a killed Steward left running
	@$(BIN)/python -m db.embedded "$(STATE)"

.PHONY: clean-state
clean-state: ## delete all local data (asks first; yes=1 does not ask)
	@test -e "$(STATE)" || { echo "There is no $(STATE)/ to delete."; exit 0; }; \
	if [ "$(yes)" != 1 ]; then printf "Delete every message, tenant and key in $(STATE)/? [y/N] "; read -r answer; \
	[ "$$answer" = y ] || { echo "Kept."; exit 0; }; fi; \
	$(MAKE) stop && rm -rf -- "$(STATE)" && echo "Deleted $(STATE)/."

.venv/.synced-run: pyproject.toml uv.lock | $(BIN)/uv
	@echo "Installing Steward's packages…"
	@$(SYNC) --no-dev || $(SYNC_FAILED)
	@touch $@

.venv/.synced-dev: pyproject.toml uv.lock | $(BIN)/uv
	@echo "Installing Steward's packages and its tools…"
	@$(SYNC) || $(SYNC_FAILED)
	@touch $@ .venv/.synced-run

$(BIN)/uv:
	@.ci/venv $(UV_VERSION)
