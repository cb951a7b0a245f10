# Every target sets up what it needs, once; a stamp in the environment remembers it.
PYTHON ?= python3
VENV   ?= .venv

BIN   := $(VENV)/bin
PIP   := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
TORCH := $(shell grep '^torch==' constraints.txt)

# Where the demo finds its experiment and leaves its picture, log and checkpoint.
# Its pyproject.toml says where the configs tell what run their schedules are for.
CONFIGS := examples/configs
CONFIG  := $(CONFIGS)/digits.yaml
RUNS    := runs/digits

# How long `make fuzz` makes up texts; what it finds it leaves in runs/fuzz.
MINUTES := 60

# Where `make coverage` collects, and the least share of lines and branches that it wants. The run of
# 22 November 2026 had 99.8 %, and each line that it listed has a test since; random tests vary.
COVERED := runs/coverage
PERCENT := 99

# More workers than this gain little, and each may hold a torch of its own in memory.
WORKERS := --numprocesses auto --maxprocesses 4 --dist loadgroup
PYTEST  := $(BIN)/python -m pytest $(WORKERS)

.DEFAULT_GOAL := help
.PHONY: help demo test coverage fuzz bench lint lint-style lint-format lint-types lint-floors pictures docs web clean
.NOTPARALLEL: # two pips in one environment get in each other's way

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

# --- set-up ---------------------------------------------------------------------------------

# torch comes before everything that depends on it: constraints.txt says why.
$(BIN)/.stamp-torch: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	@touch $@

$(BIN)/.stamp-demo: $(BIN)/.stamp-torch pyproject.toml
	$(PIP) --editable '.[demo]'
	@touch $@

$(BIN)/.stamp-dev: $(BIN)/.stamp-torch pyproject.toml
	$(PIP) --editable '.[test,dev]'
	$(PIP) --no-deps timm fvcore
	@touch $@

# --- what people run ------------------------------------------------------------------------

demo: $(BIN)/.stamp-demo ## check, show and train the example; say where the picture is
	@echo '# 1. check the schedules of the example configs'
	$(BIN)/lrdsl check $(CONFIGS)
	@echo '# 2. show the schedule that the next step trains with'
	$(BIN)/lrdsl show $(CONFIG)
	@echo '# 3. train on real digits, logging the rate that every update uses'
	$(BIN)/python examples/train.py $(CONFIG) --out $(RUNS)
	@echo '# the rate and the loss are drawn in:'
	@ls $(RUNS)/*.png

test: $(BIN)/.stamp-dev ## run the tests
	$(PYTEST)

coverage: $(BIN)/.stamp-dev ## run the tests and say which lines and branches none of them took
	rm -rf $(COVERED)
	mkdir -p $(COVERED)
	$(BIN)/coverage run -m pytest $(WORKERS)
	$(BIN)/coverage combine
	$(BIN)/coverage report --fail-under=$(PERCENT)

fuzz: $(BIN)/.stamp-dev ## run the property tests for long, then fuzz texts for an hour
	$(PYTEST) -m hypothesis --hypothesis-profile fuzz
	$(BIN)/python tools/fuzz.py --minutes $(MINUTES)

bench: $(BIN)/.stamp-dev ## measure beside other packages; tables, and JSON in runs/bench
	$(BIN)/python benchmarks/run.py

lint: lint-style lint-format lint-types lint-floors ## style, format, types, floors

lint-style: $(BIN)/.stamp-dev
	$(BIN)/ruff check

lint-format: $(BIN)/.stamp-dev
	$(BIN)/ruff format --check

lint-types: $(BIN)/.stamp-dev
	$(BIN)/mypy

lint-floors: $(BIN)/.stamp-dev
	$(BIN)/lint-imports

pictures: $(BIN)/.stamp-dev ## draw the documentation's pictures anew
	$(BIN)/python examples/train.py $(CONFIG) --out $(RUNS)
	cp $(RUNS)/rate_and_loss.png docs/pictures/demo.png
	$(BIN)/python examples/tour/tanh.py --out runs/tour
	cp runs/tour/tanh_warmup.png docs/pictures/tour-tanh.png
	$(BIN)/python tests/test_seeing_page.py
	$(BIN)/python tools/serve_picture.py docs/pictures/serve.png

docs: $(BIN)/.stamp-dev ## regenerate the parts of the documentation that are printed by lrdsl
	$(BIN)/python tools/generate.py

web: ## rebuild the page of `lrdsl serve` (node 20; what is built is committed)
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

clean: ## remove the environment, the builds, the caches and what the demo wrote
	rm -rf $(VENV) build dist runs web/node_modules
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
