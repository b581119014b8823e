# 两条命令：make run 启动整个系统，make test 过所有关口。变量的总表在 docs/ports.md。
PYTHON ?= python3
PORT ?= 8000
DATA ?= ./var
DEMO ?= 1
NAME ?= ingest
ONLY ?=
VENV := .venv/bin/python

.PHONY: run setup test setup-test deep bench controls clauses-proof verify screenshots
.DEFAULT_GOAL := run

setup:
	@$(PYTHON) tools/setup.py

setup-test:
	@$(PYTHON) tools/setup.py --test

run: export PORT := $(PORT)
run: export DATA := $(DATA)
run: export DEMO := $(DEMO)
run: setup
	@$(VENV) .venv/bin/gongdi up

test: setup-test
	@$(VENV) tools/gate.py

deep: setup-test
	@$(VENV) tools/deep.py $(ONLY)

bench: setup-test
	@$(VENV) .venv/bin/gongdi bench $(NAME)

controls: setup-test
	@$(VENV) -m tools.controls $(ONLY)

clauses-proof: setup-test
	@$(VENV) -m tools.clauses_proof $(ONLY)

verify: setup-test
	@$(VENV) tools/verify.py $(ONLY)

screenshots: setup-test
	@$(VENV) tools/screenshots.py $(ONLY)
