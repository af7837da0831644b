# The front door. Paths stay relative, so that a checkout in a folder with spaces works.
# PORT=9000 make up moves the gateway; everything else chooses free ports by itself.
PYTHON ?= python3
BIN := .venv/bin
DASIBOM := $(BIN)/python -m dasibom.command
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 이상이 필요합니다. Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")

.PHONY: help install install-models install-dev install-peers protos demo up down status logs test lint docs bench clean
help:
	@echo "make install   필요한 것을 .venv에 설치         install everything into .venv"
	@echo "make demo      샘플로 케이스 1을 끝까지 실행      run case 1 on a sample, from start to stop"
	@echo "make up        메시 시작 (PORT=8080)            start the mesh in the background"
	@echo "make status    구성 요소별 상태                 show each part"
	@echo "make logs      로그 (PART=vqa FOLLOW=1)         show logs"
	@echo "make down      메시 멈춤                        stop the mesh"
	@echo "make install-models  신경망 모델에 필요한 것 설치  install what the neural networks need"
	@echo "make protos    protos/를 다시 컴파일            compile protos/ again"
	@echo "make test      모든 시험 (ARGS=tests/unit)      run all tests"
	@echo "make lint      검사                             check style, types, walls, contracts, documents"
	@echo "make docs      생성 문서 갱신                   write the generated documents again"
	@echo "make bench     성능 측정 (ARGS='--only job')    measure what things cost"
	@echo "make clean     만들어진 파일 지우기             remove what can be made again"

install: .venv/.embedded build/descriptors.binpb

.venv/.embedded: pyproject.toml requirements/constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(PYTHON) -c '$(NEW_ENOUGH)' && $(PYTHON) -m venv .venv; }
	@$(BIN)/python -c '$(NEW_ENOUGH)'
	@echo "설치하는 중 (1~3분) · Installing (1 to 3 minutes)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt --config-settings editable_mode=compat -e '.[embedded]'
	@touch $@

build/descriptors.binpb: $(shell find protos -name '*.proto') scripts/compile_protos.py | .venv/.embedded
	@$(BIN)/python scripts/compile_protos.py

# The neural networks' libraries: PyTorch, transformers, diffusers. Weights: scripts/download_models.py.
install-models: .venv/.models build/descriptors.binpb

.venv/.models: .venv/.embedded requirements/no-deps.txt
	@echo "신경망 라이브러리를 설치하는 중 (2~5분) · Installing the neural networks' libraries (2 to 5 minutes)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt 'torch==2.13.0'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt --config-settings editable_mode=compat -e '.[embedded,models]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/no-deps.txt
	@touch $@

install-dev: .venv/.dev build/descriptors.binpb

.venv/.dev: .venv/.models
	@echo "시험 도구를 설치하는 중 · Installing what tests need…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt --config-settings editable_mode=compat -e '.[embedded,models,dev]'
	@touch $@

# Programs of others that `make bench` compares with. Their library asks for much that is not needed here, and builds on the PyTorch that is there.
install-peers: .venv/.peers

.venv/.peers: .venv/.dev requirements/peers.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt wheel
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -r requirements/peers.txt
	@touch $@

protos: | .venv/.embedded
	@$(BIN)/python scripts/compile_protos.py

demo up down status: install
	@$(DASIBOM) $@

logs: install
	@$(DASIBOM) logs $(PART) $(if $(FOLLOW),--follow)

# Threads that spin while they wait cost many times what they bring on a machine with few cores.
# Two files at a time. Those of the acceptance tests share a mesh, one for each of the two.
test: export OMP_NUM_THREADS := 1
test: install-dev
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/unit tests/integration
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/acceptance
endif

lint: install-dev
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@PYTHONPATH=legacy $(BIN)/lint-imports --no-logo
	@$(BIN)/buf lint build/descriptors.binpb --path dasibom
	@$(BIN)/buf format --diff --exit-code protos
	@$(BIN)/python scripts/check_breaking.py
	@$(BIN)/python scripts/check_generated.py

docs: install-dev
	@$(BIN)/python scripts/openapi.py
	@$(BIN)/python scripts/settings_table.py
	@$(BIN)/python scripts/models_table.py

bench: install-dev
	@$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	@rm -rf build buf $(patsubst protos/%,%,$(wildcard protos/dasibom/*)) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
