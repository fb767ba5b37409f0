# make lab    open the course in JupyterLab          make test   run all notebooks and the tests
# make site   build the web site in build/site     make slides   build a deck for each chapter in build/slides
# make lite   build the edition that runs in a browser alone in build/lite
# All make .venv first, with what requirements.txt names; nothing else is needed than Python 3.11 or newer.

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python .venv/bin/python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
# The versions to install: a file, or nothing for the newest that requirements.txt allows.
CONSTRAINTS ?= constraints.txt
# More arguments for pip, such as "torch==2.13.0".
PIP_ARGS ?=
# Strict with the versions of constraints.txt: each stored output must be reproduced. Else only, as
# `make test NBVAL=--nbval-lax` asks for, that cells run.
NBVAL ?= $(shell $(BIN)/python scripts/environment.py --nbval --constraints '$(CONSTRAINTS)')
NOTEBOOK ?= notebooks/*.ipynb notebooks/solutions/*.ipynb

BIN := .venv/bin
ENVIRONMENT = "$(PYTHON)" scripts/environment.py --constraints '$(CONSTRAINTS)' \
	$(if $(filter command environment,$(firstword $(origin PYTHON))),--this-python)

.PHONY: lab test site slides lite store clean environment environment-test environment-site environment-lite

lab: environment
	@$(BIN)/python -m course.lab $(LAB_ARGS)

test: environment-test
	$(BIN)/python -m pytest -n auto --dist loadfile $(NBVAL) --nbval-current-env --nbval-cell-timeout=120 \
		--nbval-sanitize-with tests/notebooks/nbval_sanitize.cfg $(PYTEST_ARGS)

site: environment-site
	$(BIN)/python site/build.py

slides: environment-site
	$(BIN)/python site/decks.py

# The edition that runs in a browser alone. `make site` puts it into the site, if it is there by then.
lite: environment-lite
	$(BIN)/python site/lite.py $(LITE_ARGS)

# Execute notebooks and store their outputs: make store NOTEBOOK=notebooks/01_derivatives.ipynb
store: environment-test
	$(BIN)/python scripts/store.py $(NOTEBOOK)

environment environment-test environment-site environment-lite:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: install it, or say make PYTHON=/path/to/python"; exit 1; }
	@$(ENVIRONMENT) $(addprefix --,$(patsubst environment-%,%,$(filter-out environment,$@))) $(PIP_ARGS)

clean:
	rm -rf .venv .venv.lock
