# make demo   fetch a web page over one simulated yellow cable
# make test   lint, types and tests
# make pythons  a short form of the tests on every other Python that is found
# make report-page   build sim/report/page.html from sim/report/web (needs Node)
# make conformance   measure and write docs/conformance.md
# make docs   a site of README.md and docs/*.md, in out/docs
# All set up what they need in .venv first. `make tools` installs the outside tools of some tests.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Tests start hundreds of processes, each of which would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all pythons conformance docs report-page lint tools clean

demo: $(VENV)/run.stamp
	$(BIN)/thicknet run web -v

test: $(VENV)/dev.stamp lint
	$(BIN)/pytest -n 2 -m "not slow"

test-all: $(VENV)/all.stamp lint
	$(BIN)/pytest -n 2

pythons: $(VENV)/run.stamp
	$(BIN)/python tools/pythons.py

conformance: $(VENV)/dev.stamp
	$(BIN)/pytest -n 2 tests/conformance --write-conformance --ignore tests/conformance/test_page.py

docs: $(VENV)/docs.stamp
	$(BIN)/python -m sphinx -W --keep-going -q -c docs . out/docs

report-page:
	cd sim/report/web && npm ci && npm run build

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/run.stamp: pyproject.toml
	@test -n "$(PYTHON)" || { echo "thicknet needs Python 3.11 or newer; install python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no ensurepip; install it (Debian: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/docs.stamp: $(VENV)/run.stamp
	$(PIP) --editable '.[docs]'
	@touch $@

$(VENV)/all.stamp: $(VENV)/dev.stamp
	$(PIP) --editable '.[dev,synthesis,docs,gallery]'
	@touch $@

# Command and the Debian package it comes in.
TOOLS := iverilog=iverilog gcc=gcc g++=g++ ghdl=ghdl tshark=tshark tcpdump=tcpdump gtkwave=gtkwave xvfb-run=xvfb xauth=xauth chromium=chromium node=nodejs npm=npm

tools:
	@missing=; for tool in $(TOOLS); do \
		command -v $${tool%%=*} >/dev/null || missing="$$missing $${tool#*=}"; \
	done; \
	test -n "$$missing" || exit 0; \
	command -v apt-get >/dev/null || { echo "install these by hand:$$missing"; exit 1; }; \
	as_root=; test "$$(id -u)" = 0 || as_root=sudo; \
	$$as_root apt-get update -q && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing

clean:
	rm -rf $(VENV) $(VENV)-3.* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache runs out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
