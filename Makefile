# `make help` says what there is. Everything runs in .venv, which is set up from requirements.lock when first needed.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
READY := .venv/.ready
SOURCES := $(shell find src -name '*.py' -not -path '*/__pycache__/*')

# Byte code is wanted even where the machine's settings turn it off: without it every process starts two to four times slower.
COMPILED := .venv/.compiled

.PHONY: demo test lint kernels atlas docs bench lock clean help
.DEFAULT_GOAL := help

demo: $(COMPILED)  ## what linking the corridors is worth, on the built-in atlas; writes out/demo/report.html
	@$(BIN)/koridor link --out out/demo

test: $(COMPILED)  ## lint, types, then all tests
	@$(MAKE) --no-print-directory -j2 lint kernels
	@$(RUN) -m pytest

lint: $(COMPILED)  ## style, format, types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo 'Some files are not formatted: .venv/bin/ruff format .' >&2; exit 1; }
	@$(RUN) -m mypy --no-error-summary

kernels: $(COMPILED)  ## compile loops into the user's cache, half a minute once: beside lint, which leaves a core idle
	@$(RUN) -c 'from koridor.kernels.flows.ready import ready; ready()'

atlas: $(COMPILED)  ## build the atlas again from data-raw/
	@$(RUN) -m koridor.data.build

docs: $(COMPILED)  ## renew generated pages and message catalogues
	@$(RUN) tools/messages.py
	@$(RUN) tools/schema_page.py

bench: $(COMPILED)  ## measure against the limits in benchmarks/
	@$(RUN) -m benchmarks

lock: $(READY)  ## resolve requirements.lock and tools/boot.lock anew
	@.venv-boot/bin/python tools/lock.py

clean:  ## remove environments, caches and results
	@rm -rf .venv .venv-boot .mypy_cache .pytest_cache .ruff_cache .hypothesis out build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock tools/boot.lock pyproject.toml tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py

$(COMPILED): $(READY) $(SOURCES)
	@$(RUN) -m compileall -q src
	@touch $@
