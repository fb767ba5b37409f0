# make lab    open the course in JupyterLab          make test   run every notebook and every test
# Both make .venv first, with what requirements.txt names; nothing else is needed than Python 3.11 or newer.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# More arguments for pip, such as "-c constraints.txt torch==2.13.0".
PIP_ARGS ?=
# Strict by default: each stored output must be reproduced. `make test NBVAL=--nbval-lax` only requires that cells run.
NBVAL ?= --nbval
NOTEBOOK ?= notebooks/*.ipynb notebooks/solutions/*.ipynb

VENV := .venv
BIN := $(VENV)/bin
LAB_ARGS := $(if $(filter 0,$(shell id -u)),--allow-root) \
	$(if $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname -s))),,--no-browser)

.PHONY: lab test store clean

lab: $(VENV)/lab
	$(BIN)/jupyter lab $(LAB_ARGS) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

# One thread for NumPy in each worker: there is a worker for each core already.
test: $(VENV)/test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile $(NBVAL) --nbval-current-env --nbval-cell-timeout=120 \
		--nbval-sanitize-with tests/nbval_sanitize.cfg $(PYTEST_ARGS)

# Execute notebooks and store their outputs: make store NOTEBOOK=notebooks/01_derivatives.ipynb
store: $(VENV)/test
	$(BIN)/python scripts/store.py $(NOTEBOOK)

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: install it, or say make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module: install it (Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps are written last, so that an installation that was cut off is done again.
$(VENV)/lab: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt $(PIP_ARGS)
	@touch $@

$(VENV)/test: requirements.txt requirements-test.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-test.txt $(PIP_ARGS)
	@touch $@
