# make run    sets everything up, then opens the window (without a display: generates a few molecules)
# make test   sets everything up, then runs the lints and every test
# `make help` lists the rest.

BIN := .venv/bin
STAMP := .venv/.gpff-installed
PYTHON ?= python3
HOURS ?= 2
export PYTHON

.PHONY: help setup run test lint bench gpu-check model screenshots demo docs clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv and install everything into it

$(STAMP): pyproject.toml tools/setup.sh tools/debian-packages.sh tools/uv_like_pip.py
	sh tools/setup.sh
	@touch $@

run: $(STAMP)  ## open the window; without a display, generate a few molecules
	@sh tools/run.sh

test: lint  ## lints and every test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

lint: $(STAMP)  ## ruff, mypy and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## measure the speed of this machine
	$(BIN)/python -m benchmarks.speed
	@for part in window live; do \
	  if [ -n "$$DISPLAY" ]; then $(BIN)/python -m benchmarks.$$part; \
	  else xvfb-run -a -s "-screen 0 1600x1000x24" $(BIN)/python -m benchmarks.$$part; fi || exit 1; done

gpu-check: $(STAMP)  ## whether all works on a CUDA card, and how much faster (ends with 2 where there is none)
	$(BIN)/python -m benchmarks.gpu

model: $(STAMP)  ## train a model on DATA=set.db (made by `gpff data import`), into runs/model
	@test -n "$(DATA)" || { echo "Name a data set: make model DATA=qm9.db"; exit 2; }
	$(BIN)/gpff train "$(DATA)" --name qm9 --preset medium --hours $(HOURS) --out runs/model

screenshots: $(STAMP)  ## draw the pictures of the documentation again
	xvfb-run -a -s "-screen 0 1600x1000x24" $(BIN)/python tools/screenshots.py

demo: $(STAMP)  ## grow on a scaffold in the real window, into docs/grow.gif
	xvfb-run -a -s "-screen 0 1600x1000x24" $(BIN)/python tools/demo.py

docs: $(STAMP)  ## list the commands again, in docs/commands.md
	xvfb-run -a $(BIN)/python tools/document_commands.py

clean:  ## remove caches and build products; .venv, runs/ and out/ stay
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
