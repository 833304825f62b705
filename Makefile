# Everything starts here: `make ask` answers a question, `make test` runs the checks.
# Both set up a virtual environment in .venv first, from constraints.txt.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
Q ?= How much does CGRS shorten reasoning, and on which benchmarks?
HOME_FOLDER ?= .cache/home
PAPERS := PAPERS_HOME="$${PAPERS_HOME:-$(HOME_FOLDER)}" $(BIN)/papers
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help ask chat themes eval test check lint types imports unit faults bench bench-scale bench-retrieval bench-additions \
        bench-themes mutants fuzz soak audit readme docs build clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

$(BIN)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (about a minute, once) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=…"; exit 2; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	  $(PYTHON) -m virtualenv -q $(VENV) 2>/dev/null || \
	  { echo "python3 cannot make a virtual environment here; install it: apt-get install python3-venv"; exit 2; }; }
	@$(BIN)/python -m pip install -q -c constraints.txt -e .
	@$(BIN)/python -m compileall -q rag evals  # so that no command compiles at its start
	@touch $@

$(BIN)/.installed-dev: $(BIN)/.installed
	@echo "Installing the test tools …"
	@$(BIN)/python -m pip install -q -c constraints.txt \
	  build hatchling hypothesis import-linter mypy onnx pytest pytest-socket pytest-timeout pytest-xdist ruff trustme
	@touch $@

ask: $(BIN)/.installed  ## answer a question over the sample corpus: make ask Q="…"
	@$(PAPERS) ask -- "$$Q"
ask: export Q := $(Q)

chat: $(BIN)/.installed  ## ask in a conversation
	@$(PAPERS) chat

themes: $(BIN)/.installed  ## what the sample corpus is about
	@$(PAPERS) themes

eval: $(BIN)/.installed  ## benchmark retrieval on the hand-written questions
	@$(PAPERS) eval retrieval

test: check  ## everything CI checks: lint, types, import rules, tests

check: lint types imports unit

lint: $(BIN)/.installed-dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(BIN)/.installed-dev
	@$(BIN)/mypy

imports: $(BIN)/.installed-dev
	@PYTHONPATH=. $(BIN)/lint-imports

unit: $(BIN)/.installed-dev
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

faults: $(BIN)/.installed-dev  ## kill, fill, truncate: the reliability tests, with a summary
	@$(BIN)/python -m pytest -q -m faults tests/faults -s

mutants: $(BIN)/.installed-dev  ## seed bugs into the scorer; the tests must notice each
	@$(BIN)/python -m evals.mutants

FUZZ_SECONDS ?= 300
fuzz: $(BIN)/.installed-dev  ## break the readers and parsers with random input: FUZZ_SECONDS=300
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install -q atheris || true
	@$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

SOAK_MINUTES ?= 10
soak: $(BIN)/.installed-dev  ## ask, add, remove and kill for ten minutes; nothing may be lost
	@$(BIN)/python -m benchmarks.soak --minutes $(SOAK_MINUTES)

audit: $(BIN)/.installed-dev  ## look for known holes: in our code, and in the packages we use
	@$(BIN)/python -m pip install -q bandit pip-audit || true
	@$(BIN)/python -m tests.audit

# Peers are left out where they are not given: BENCH_LLM and BENCH_PQA are the commands of llm
# and paper-qa, BENCH_PEER a python with langchain-chroma, langchain-community and rank_bm25.
bench: $(BIN)/.installed-dev  ## speed as ratios: start-up, embedding, the same job done by LangChain
	@$(BIN)/python -m benchmarks.startup $(if $(BENCH_LLM),--llm $(BENCH_LLM)) $(if $(BENCH_PQA),--pqa $(BENCH_PQA))
	@$(BIN)/python -m benchmarks.embedding
	@$(if $(BENCH_PEER),$(BIN)/python -m benchmarks.pipeline --peer $(BENCH_PEER),true)

bench-scale: $(BIN)/.installed-dev  ## take in and ask many papers, a plan from it: FILES="small.jsonl large.jsonl"
	@for file in $(FILES); do \
	  $(BIN)/python -m benchmarks.scale --hashed --home .cache/benchmarks/scale/$$(basename $$file) $$file || exit 1; \
	done
	@$(BIN)/python -m benchmarks.capacity
	@$(BIN)/python -m benchmarks.charts

bench-retrieval: $(BIN)/.installed  ## the retrieval table of docs/benchmarks.md
	@$(BIN)/python -m benchmarks.retrieval

bench-additions: $(BIN)/.installed-dev  ## what a small addition costs
	@$(BIN)/python -m benchmarks.additions 10000

bench-themes: $(BIN)/.installed  ## themes against BERTopic
	@$(BIN)/python -m benchmarks.themes

build: $(BIN)/.installed-dev  ## build the wheel and the sdist
	@$(BIN)/python -m build -q

readme: $(BIN)/.installed-dev  ## put what the commands print now into the README
	@$(BIN)/python -m tests.sessions

docs: $(BIN)/.installed-dev  ## make docs/reference from docstrings and the commands' help
	@$(BIN)/python -m tests.reference

clean:  ## remove everything that is made
	rm -rf $(VENV) .cache dist build .mypy_cache .pytest_cache .ruff_cache
