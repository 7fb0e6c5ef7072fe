# `make run` runs the workbook, `make test` tests it; both set up what is missing first.
PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
LAYERS := pipeline/engines/requirements docker/kubernetes/requirements workbook/scale_out/requirements

# Without a network: make lab WHEELHOUSE=FOLDER, with what `workbook wheelhouse` collected there on another machine.
ifdef WHEELHOUSE
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELHOUSE))
export FASHION_MNIST_DIR := $(abspath $(WHEELHOUSE))/fashion-mnist
endif

.PHONY: run test breaks mutants claims frameworks lab docs pipeline bench lint review lock newest clean
run: .venv/ready
	$(BIN)/workbook run $(ARGS)
test: .venv/ready # if a pytest process dies, the run ends: with a new one in its place, it could wait forever
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder $(ARGS)
breaks: .venv/ready # what the tests catch: breaks the code in a copy, in one place after another
	$(BIN)/python tests/breaks/run.py $(ARGS)
mutants: .venv/ready # what the labs' checks catch: makes small slips in the reference answers
	$(BIN)/python -m tests.mutants.run $(ARGS)
claims: .venv/ready # what the course says about other tools: which of it is older than a year?
	$(BIN)/python -m workbook.choosing.expiry
frameworks: .venv/ready # models of XGBoost and PyTorch: does the server answer as they do?
	$(BIN)/workbook data
	$(BIN)/uv run docs/trees.py
	$(BIN)/uv run docs/network.py
lab: .venv/ready
	$(BIN)/workbook lab $(ARGS)
docs: .venv/ready
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html
pipeline: .venv/ready # one round of the loop, from a batch of pictures to a model on trial
	$(BIN)/workbook pipeline run $(ARGS)
bench: .venv/ready
	$(BIN)/workbook bench $(ARGS)
lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
lock: .venv/ready
	$(BIN)/python -m uv pip compile --quiet --universal --all-extras --python-version 3.11 pyproject.toml -o requirements.lock
	set -e; for layer in $(LAYERS); do \
		cp requirements.lock $$layer.all; \
		$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header $$layer.in -o $$layer.all; \
		awk 'NR == FNR { course[$$1]; next } !($$1 in course)' requirements.lock $$layer.all > $$layer.lock; \
		rm $$layer.all; done # from the course's versions, where a layer can live with them; only what is different
newest: # not the locked packages, but the newest ones that pyproject.toml allows: do they still work?
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --upgrade --upgrade-strategy eager --editable ".[test,docs]"
	touch .venv/ready
review: .venv/ready
	$(BIN)/nbdime config-git --enable
	$(BIN)/pre-commit install
clean: # not work/: what is in there is the student's
	rm -rf .venv docs/_build docs/_notebooks docs/_labs docs/_parts docs/api

# The stamp is made last, so that a set-up that was stopped resumes where it was.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --no-deps -r requirements.lock
	$(BIN)/python -m pip install --no-deps --editable .
	touch $@
