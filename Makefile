# nextbest: `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK_STAMP := $(VENV)/.spark-installed

# One BLAS and one OpenMP thread a call unless told otherwise: the pools of several libraries on
# the same cores slow each other down. Training asks for its threads by name.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
# Waiting OpenMP threads sleep: spinning ones take the core that another process needs.
export OMP_WAIT_POLICY ?= passive
export BENTOML_DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true
# Byte code is compiled once at set-up; without it every start pays seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test doctor serve train lint format bench bench-features bench-identity \
  bench-sentiment bench-decisions bench-policies bench-off-policy bench-hillstrom bench-records \
  bench-recommenders bench-customers bench-uplift bench-cdnow fuzz bento lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the lock file

$(STAMP): requirements.lock pyproject.toml
	@sh scripts/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: setup ## Real data to a running service on http://127.0.0.1:3000
	@$(BIN)/nextbest demo

# Spark is 450 MB and needs Java: installed for the tests, and only where there is one.
$(SPARK_STAMP): requirements-spark.lock $(STAMP)
	@if command -v java >/dev/null; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.lock; \
	else echo "setup: no Java here; the tests that compare with Spark will say so and be skipped"; fi
	@touch $@

test: setup $(SPARK_STAMP) ## Run every test
	@$(BIN)/python -m pytest $(ARGS)

doctor: setup ## Say what is wrong with the installation, and what mends it
	@$(BIN)/nextbest doctor $(ARGS)

serve: setup ## Serve the champion
	@$(BIN)/nextbest serve

train: setup ## Train and register a new version
	@$(BIN)/nextbest train

lint: setup ## Format check, lint, types, import floors, secrets, the lock
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/scan_secrets.py
	@$(BIN)/python scripts/check_lock.py

format: setup ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## What a decision costs, against a no-op in the same run
	@$(BIN)/python -m benchmarks.decision_cost

bench-features: setup ## Snapshots: against a query by hand, and at 20 times the customers
	@$(BIN)/python -m benchmarks.features

bench-identity: setup ## Who is one person: precision and recall on a known truth
	@$(BIN)/python -m benchmarks.identity

bench-sentiment: setup ## What is liked, from the words: out-of-fold on scored reviews
	@$(BIN)/python -m benchmarks.sentiment $(ARGS)

bench-decisions: setup ## The decision core: speed, and budgets against the linear bound
	@$(BIN)/python -m benchmarks.decision_speed
	@$(BIN)/python -m benchmarks.assignment

bench-policies: setup ## Policies over simulated weeks, and how often tests alarm falsely
	@$(BIN)/python -m benchmarks.policy_simulation
	@$(BIN)/python -m benchmarks.experiments

bench-off-policy: setup ## Off-policy estimates beside obp's figures: ARGS="--data FOLDER"
	@$(BIN)/python -m benchmarks.off_policy $(ARGS)

bench-hillstrom: setup ## A learned policy on a real trial: ARGS="--data FOLDER"
	@$(BIN)/python -m benchmarks.hillstrom $(ARGS)

bench-recommenders: setup ## Recommenders on public tables: ARGS="--data FOLDER --home HOME"
	@$(BIN)/python -m benchmarks.recommenders $(ARGS)

bench-customers: setup ## Churn, purchase, response and value on a home: ARGS="--home HOME"
	@$(BIN)/python -m benchmarks.churn $(ARGS)
	@$(BIN)/python -m benchmarks.customer_models $(ARGS)
	@$(BIN)/python -m benchmarks.value $(ARGS) --until 2017-12-30

bench-uplift: setup ## Uplift on Hillstrom, without an effect, with a known one: ARGS="--data FOLDER"
	@$(BIN)/python -m benchmarks.uplift $(ARGS)

bench-cdnow: setup ## Buy till you die on CDNOW: ARGS="--data FOLDER"
	@$(BIN)/python -m benchmarks.cdnow $(ARGS)

bench-serving: setup ## Decisions over HTTP against services that do nothing: ARGS="--home HOME"
	@$(BIN)/python -m benchmarks.serving $(ARGS)

bench-records: setup ## Bytes and time of a decision record
	@$(BIN)/python -m benchmarks.record_cost

fuzz: setup ## The HTTP interface under 10,000 cases of its own document: ARGS="--home HOME"
	@$(BIN)/python -m benchmarks.api_fuzz $(ARGS)

bento: setup ## Build a Bento with the champion inside
	@$(BIN)/nextbest bento

lock: ## Pin every dependency anew (needs uv)
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header \
	  --extra demo --extra identity --extra broker --extra telemetry \
	  --group dev pyproject.toml -o requirements.lock

clean: ## Remove the environment and every result
	rm -rf $(VENV) var
