# Every task of the repository, each from a bare clone: `make install` runs first wherever an environment is needed.

VENV := .venv
VENV_TRAIN := .venv-train
VENV_TRT := .venv-trt
VENV_DOCS := .venv-docs
BIN := $(VENV)/bin
UV ?= uv
# Which PyTorch `make test-train` takes. A CPU build is enough: where pip offers none, TORCH='torch==2.13.0 --extra-index-url ...'.
TORCH ?= torch==2.13.0
# What `make test-trt` takes: TensorRT-RTX has TensorRT's interface, comes as a plain wheel and builds engines without a GPU.
TRT ?= tensorrt-rtx==1.7.1.116 'cuda-bindings>=13,<14'
# What `make docs` takes. It reads the sources without importing them, so it needs nothing of the project's own packages.
DOCS ?= mkdocs-material==9.8.2 mkdocstrings==1.0.8 mkdocstrings-python==2.0.11
PYTHON3 ?= python3

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-train test-trt lint format bench bench-peers screenshots docs lock clean

help: ## list the tasks
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

install: ## system libraries, .venv with the locked packages, and the command .venv/bin/sonoguide
	@sh tools/install.sh $(VENV)

demo: install ## guide a virtual patient to a view: in a window, or offscreen with an MP4 and a PNG
	$(BIN)/sonoguide demo $(ARGS)

test: install ## the fast tests
	$(BIN)/python -m pytest $(ARGS)

test-slow: install ## the slow tests
	$(BIN)/python -m pytest -m 'slow and not train' $(ARGS)

test-train: ## the training tests, in an environment of their own that has PyTorch
	@sh tools/install.sh $(VENV_TRAIN) train $(TORCH)
	$(VENV_TRAIN)/bin/python -m pytest -m train $(ARGS)

test-trt: ## the tests of tensorrt-native, in an environment of their own that has TensorRT-RTX; no GPU needed
	@sh tools/install.sh $(VENV_TRT) dev $(TRT)
	$(VENV_TRT)/bin/python -m pytest tests/guidance/test_tensorrt.py tests/guidance/test_tensorrt_native.py tests/guidance/test_gpu_session.py $(ARGS)

lint: install ## style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## rewrite the sources to the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## the benchmarks (absolute times depend on the machine)
	$(BIN)/python -m pytest bench --benchmark-enable --benchmark-only -m '' $(ARGS)

bench-peers: install ## other ways to bring a network to a stream beside this one, each in an environment of its own
	$(BIN)/python -m bench.peers $(ARGS)

screenshots: install ## draw every state, in out/screenshots; ARGS='--docs docs/images' for the documentation too
	$(BIN)/python -m ui.screenshots out/screenshots $(ARGS)

docs: ## the documentation with the reference of the Python interface, in site/; a broken link fails
	@test -x $(VENV_DOCS)/bin/mkdocs || { $(PYTHON3) -m venv $(VENV_DOCS) && $(VENV_DOCS)/bin/python -m pip install --quiet $(DOCS); }
	NO_MKDOCS_2_WARNING=1 $(VENV_DOCS)/bin/mkdocs build --quiet

lock: ## resolve requirements.lock anew (needs uv); ARGS=--upgrade takes newer versions
	$(UV) pip compile pyproject.toml --extra cpu --extra ui --extra dev --python-version 3.11 \
		--universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock $(ARGS)

clean: ## remove everything that the other tasks made
	rm -rf $(VENV) $(VENV_TRAIN) $(VENV_TRT) $(VENV_DOCS) .venv-peers out site build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
