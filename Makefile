# gaplab: `make brief` and `make test` need nothing but git, make and Python 3.12 to 3.14 (or uv).
# Options of the command line go in ARGS: make brief ARGS="--as-of 2026-05-12 --scope trusted"

.DEFAULT_GOAL := help
.PHONY: help environment brief figures record lab strip test test-machine test-slow lint wheel pins clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): .*## /make \1\t/p' Makefile | expand -t 18

environment:     ## .venv with the pinned packages of a brief; quick when it is already there
	@setup/environment.sh

brief: environment  ## the main job: posterior, three headline numbers, briefs/<run>/brief.html
	@.venv/bin/gaplab brief $(ARGS)

figures: environment  ## the figures of the README, in figures/
	@.venv/bin/gaplab figures $(ARGS)

record: environment  ## docs/record again: calibration, known truth, readings, back-test, sensitivity, influence, nowcast (an hour and more; it resumes)
	@for part in sbc truth readings backtest sensitivity influence nowcast; do .venv/bin/gaplab validate $$part --workers 2 $(ARGS) || exit; done

lab: ## the notebooks in JupyterLab
	@setup/environment.sh lab
	@.venv/bin/jupyter lab notebooks $(ARGS)

strip: ## outputs and counts out of the notebooks, before a commit
	@.venv/bin/jupyter nbconvert --clear-output --inplace --log-level WARN notebooks/*.ipynb

test: ## unit and property tests: minutes
	@setup/environment.sh test lab cluster
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

test-machine: ## with a browser, kernels, clusters, and processes that are killed
	@setup/environment.sh test lab cluster
	@.venv/bin/python -m pytest -m 'machine and not slow' --numprocesses 2 --dist loadfile $(ARGS)

test-slow: ## real sampling, simulation-based calibration, back-tests
	@setup/environment.sh test lab cluster
	@.venv/bin/python -m pytest -m slow $(ARGS)

lint: ## style, import direction, docstrings
	@setup/environment.sh test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

wheel: ## dist/: wheel and source archive with tables, notebooks, record and the posterior of the default run
	@setup/environment.sh test
	@.venv/bin/python setup/archives.py $(ARGS)

pins:            ## constraints.txt from pyproject.toml, with the newest versions (needs uv)
	uv export --quiet --upgrade --all-extras --no-emit-project --no-header --no-annotate --no-hashes > constraints.txt

clean:           ## everything that was built, .venv included; keeps briefs/
	rm -rf .venv build dist posterior *.egg-info .pytest_cache .ruff_cache .hypothesis uv.lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
