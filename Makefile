# Development commands; `make help` lists them. A fresh clone needs Python 3.10+, Node 20+, npm and make.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON := $(shell sh scripts/find-python.sh)
VENV := .venv
BIN := $(VENV)/bin
NOTEBOOK := notebooks/01_quickstart.ipynb
ARGS :=

STATIC := src/avseg_widget/static
BUNDLE := $(STATIC)/widget.js
JS_DEPS := js/node_modules/.package-lock.json
JS_SOURCES := $(shell find js/src -type f 2>/dev/null) js/build.mjs js/icon-sprites.mjs js/licenses.mjs \
	js/wavesurfer-parts.mjs
PY_DEPS := $(VENV)/.locked
PACKAGE := $(VENV)/.package

# Each kernel and server would compile anew what it imports: two seconds and more before it answers.
unexport PYTHONDONTWRITEBYTECODE

# Jupyter refuses to run as root, as in containers, unless told.
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help
help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

.PHONY: lab
lab: install $(PACKAGE) $(BUNDLE) ## Start JupyterLab on the quickstart; ARGS="--no-browser --port 9999" passes through
	$(BIN)/jupyter lab $(ALLOW_ROOT) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(NOTEBOOK) $(ARGS)

# Python's and JavaScript's parts are independent, and each leaves a core idle.
.PHONY: install
install: | tools
	@$(MAKE) --no-print-directory $(PY_DEPS) & $(MAKE) --no-print-directory $(BUNDLE) && wait $$!

.PHONY: test
test: ## Run every check and test
	@$(MAKE) --no-print-directory browsers & $(MAKE) --no-print-directory install && wait $$!
	@$(MAKE) --no-print-directory check-python & $(MAKE) --no-print-directory check-js && wait $$!
	@$(MAKE) --no-print-directory pytest

.PHONY: browsers
browsers: ## Install the browsers of the tests where they are missing
	@sh scripts/find-chromium.sh --install >/dev/null
	@sh scripts/install-firefox.sh >/dev/null

.PHONY: check-python
check-python: $(PACKAGE) ## Check Python's style, types, and the schema made from them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/write_schema.py --check

.PHONY: check-js
check-js: $(JS_DEPS) ## Check TypeScript's style and types, and run its tests
	cd js && npx --no-install biome check --error-on-warnings .
	cd js && npx --no-install tsc --noEmit
	cd js && node generate-types.mjs --check
	cd js && npx --no-install vitest run

# A browser's tests run in processes of their own, as what others leave behind slows them down; one that fails is run
# once more, and named in the summary, as a busy machine can be too slow for real browsers and kernels.
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=10
# A name in ARGS may choose none of either part.
OR_NONE = || [ $$? = 5 ]

.PHONY: pytest
pytest: $(PACKAGE) $(BUNDLE) browsers ## Run the Python tests, a real browser included; ARGS="-k name" passes through
	$(PYTEST) --ignore=tests/e2e $(ARGS) $(OR_NONE)
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(PYTEST) --reruns 1 tests/e2e $(ARGS) $(OR_NONE)

.PHONY: proof
proof: $(PACKAGE) $(BUNDLE) ## Run the two longest tests in full: 200 items in the queue, 20 kills of the portal
	@sh scripts/find-chromium.sh --install >/dev/null
	AVSEG_PROOF=1 CHROMIUM="$$(sh scripts/find-chromium.sh)" $(PYTEST) \
		tests/e2e/test_queue_proof.py tests/e2e/test_portal.py $(ARGS)

.PHONY: bench-editor
bench-editor: $(PACKAGE) $(BUNDLE) ## Measure the editor's drawing with up to 100,000 segments
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.editor $(ARGS)

.PHONY: bench-sync
bench-sync: $(PACKAGE) $(BUNDLE) ## Measure an edit's way from JupyterLab to Python
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.sync $(ARGS)

.PHONY: bench-hands
bench-hands: $(PACKAGE) $(BUNDLE) ## Count what labeling 30 segments takes of the hands
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.hands $(ARGS)

.PHONY: bench-peaks
bench-peaks: $(PACKAGE) $(BUNDLE) ## Measure the making of peaks of an hour, beside ffmpeg
	@sh scripts/find-ffmpeg.sh --install >/dev/null
	FFMPEG="$$(sh scripts/find-ffmpeg.sh)" $(BIN)/python -m benchmarks.peaks $(ARGS)

.PHONY: bench-store
bench-store: $(PACKAGE) ## Measure an edit in a store of 10,000 segments, and opening it
	$(BIN)/python -m benchmarks.store $(ARGS)

.PHONY: bench-open
bench-open: $(PACKAGE) $(BUNDLE) ## Measure the opening of media of up to 10 hours
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.open $(ARGS)

.PHONY: bench-portal
bench-portal: $(PACKAGE) $(BUNDLE) ## Measure the portal with 100 workers and 10,000 submissions
	$(BIN)/python -m benchmarks.portal $(ARGS)

.PHONY: bench-seek
bench-seek: $(PACKAGE) $(BUNDLE) ## Measure how soon a jump in 3 hours is heard
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.seek $(ARGS)

.PHONY: bench-faults
bench-faults: $(PACKAGE) $(BUNDLE) ## Kill kernels, fill disks, drop frames: count the acknowledged edits that are lost
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.faults $(ARGS)

.PHONY: bench-exact
bench-exact: $(PACKAGE) $(BUNDLE) ## Measure the playhead against the sound, and frames shown
	@sh scripts/find-chromium.sh --install >/dev/null
	CHROMIUM="$$(sh scripts/find-chromium.sh)" $(BIN)/python -m benchmarks.exact $(ARGS)

.PHONY: build
build: $(PACKAGE) $(BUNDLE) ## Make the wheel and the sdist in dist/
	$(BIN)/python -m hatchling build

.PHONY: types
types: $(PACKAGE) $(JS_DEPS) ## Write the TypeScript types from the Python ones
	$(BIN)/python scripts/write_schema.py
	cd js && node generate-types.mjs

.PHONY: format
format: $(PY_DEPS) $(JS_DEPS) ## Format all sources and fix what can be fixed
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	cd js && npx --no-install biome check --write .

.PHONY: lock
lock: $(VENV)/.made ## Write the exact versions for development anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.10 --no-annotate --upgrade \
		--no-emit-package avseg-widget --custom-compile-command "make lock" --quiet --output-file requirements-dev.lock
	cd js && npm install --package-lock-only --omit-lockfile-registry-resolved

.PHONY: clean
clean: ## Remove everything that make made
	rm -rf $(VENV) js/node_modules $(STATIC) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# One line that says what is wrong with the tools, or nothing.
.PHONY: tools
tools:
	$(if $(TROUBLE),$(error $(TROUBLE)))
TROUBLE = $(shell sh scripts/check-tools.sh)

$(VENV)/.made: | tools
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(PY_DEPS): requirements-dev.lock $(VENV)/.made | tools
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements-dev.lock
	@touch $@

$(PACKAGE): pyproject.toml hatch_build.py $(PY_DEPS) | $(BUNDLE)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(JS_DEPS): js/package.json js/package-lock.json | tools
	cd js && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(JS_DEPS) $(JS_SOURCES)
	cd js && npm run --silent build
