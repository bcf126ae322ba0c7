# keyturn: everything there is to know is `make help`.

SHELL := /bin/bash
SWIFT ?= swift
PREFIX ?= /usr/local
DEBUG := .build/debug
RELEASE := .build/release
SCRIPTS := .ci/run $(wildcard cron/*.sh cron/keyturn-nightly Tests/Support/*.sh)
PYTHON_PACKAGES := msal azure-identity msgraph-sdk aiohttp aiosmtpd standardwebhooks icalendar playwright pillow wcwidth

# Microsoft's own clients, for the tests that let them talk to the sandbox, and what reads our reports:
# `make python` puts them here.
export KEYTURN_PYTHON ?= $(wildcard $(CURDIR)/.build-python)
# az has an environment of its own: it wants its own versions of the same packages.
export KEYTURN_AZURE ?= $(wildcard $(CURDIR)/.build-azure)

.DEFAULT_GOAL := help
.PHONY: help deps demo test kills simulate mutants bench pictures install uninstall build release lint format python fresh-machine toolchain

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

deps: ## installs the Debian packages that are missing (TESTS=1: also those of the tests)
	@sh Tests/Support/packages.sh build $(if $(TESTS),tests)

demo: deps toolchain ## the whole story of one secret, against a tenant on this machine
	@$(SWIFT) build --product keyturn
	@$(SWIFT) build --product keyturn-sandbox
	@Tests/Support/demo.sh $(DEBUG)/keyturn $(DEBUG)/keyturn-sandbox

test: TESTS := 1
test: deps lint ## format, scripts, build without warnings, unit tests, end-to-end tests, 300 seeds
	$(SWIFT) build --build-tests
	@Tests/Support/run-tests.sh $(SWIFT) test --skip-build --filter '^(KeyturnTests|AdaptersTests|SimulationTests)[.]'
	@Tests/Support/run-tests.sh $(SWIFT) test --skip-build --filter '^CommandTests[.]'
	$(DEBUG)/keyturn-simulation --seeds 300 --nights 100 --jobs $$(nproc)

kills: TESTS := 1
kills: COUNT ?= 500
kills: deps toolchain ## kills rotations at random moments, and looks what is left (COUNT=500 SEED=1)
	$(SWIFT) build --build-tests
	@KEYTURN_KILLS=$(COUNT) KEYTURN_KILLS_SEED=$(or $(SEED),1) SECONDS_ALLOWED=7200 \
	  Tests/Support/run-tests.sh $(SWIFT) test --skip-build --filter AutomaticKillTests

SEEDS ?= 300
NIGHTS ?= 730

simulate: deps toolchain ## years of nights in which everything goes wrong (SEEDS=300 NIGHTS=730, or SEED=n to see one)
	$(SWIFT) build --configuration release --product keyturn-simulation
	$(RELEASE)/keyturn-simulation --nights $(NIGHTS) --jobs $$(nproc) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

mutants: deps toolchain ## whether the simulation notices an engine that was broken on purpose
	@python3 Tests/Support/mutants.py

bench: TESTS := 1
bench: deps release ## keyturn's speed and what a conflict leaves, beside its peers, as tables (OBSERVE="--runs 1 …")
	$(SWIFT) build --configuration release --static-swift-stdlib --product keyturn-sandbox
	@python3 Tests/Support/bench.py $(RELEASE)/keyturn
	@python3 Tests/Support/bench-messages.py $(RELEASE)/keyturn
	@$(if $(KEYTURN_PYTHON),$(KEYTURN_PYTHON)/bin/python,python3) Tests/Support/bench-report.py $(RELEASE)/keyturn
	@python3 Tests/Support/bench-tenant.py $(if $(KEYTURN_AZURE),--az $(KEYTURN_AZURE)/bin/az) \
	  $(RELEASE)/keyturn $(RELEASE)/keyturn-sandbox
	@python3 Tests/Support/bench-recorded.py $(RELEASE)/keyturn $(RELEASE)/keyturn-sandbox
	@python3 Tests/Support/bench-observe.py $(if $(KEYTURN_PYTHON),--python $(KEYTURN_PYTHON)/bin/python) \
	  $(if $(KEYTURN_AZURE),--az $(KEYTURN_AZURE)/bin/az) $(OBSERVE) $(RELEASE)/keyturn $(RELEASE)/keyturn-sandbox

pictures: TESTS := 1
pictures: python ## the picture of a report in README, made anew
	@$(SWIFT) build --product keyturn
	@$(SWIFT) build --product keyturn-sandbox
	@folder=$$(mktemp -d) && trap 'rm -rf -- "$$folder"' EXIT && \
	  .build-python/bin/python Tests/Support/report-installation.py $(DEBUG)/keyturn $(DEBUG)/keyturn-sandbox "$$folder/i" && \
	  $(DEBUG)/keyturn report --format html --config "$$folder/i/keyturn.yaml" --output "$$folder/report.html" && \
	  .build-python/bin/python Tests/Support/report-browser.py \
	    --picture Sources/Keyturn/Keyturn.docc/Resources/report.png "$$folder/report.html"

install: ## installs keyturn and its nightly job (PREFIX, DESTDIR, OPTIONS="--mailto … --hour …")
	@test -x $(RELEASE)/keyturn || $(MAKE) release
	@sh cron/install.sh --prefix $(PREFIX) $(OPTIONS)

uninstall: ## removes what install installed; configuration, key and database stay
	@sh cron/install.sh --remove --prefix $(PREFIX)

build: deps toolchain ## the programs, for trying them out
	$(SWIFT) build

# With Swift's libraries inside, the program runs on machines without the toolchain, and starts faster.
release: deps toolchain ## the program to install
	$(SWIFT) build --configuration release --static-swift-stdlib --product keyturn

lint: TESTS := 1
lint: deps toolchain ## whether sources are formatted and scripts are sound
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift
	shellcheck $(SCRIPTS)

format: toolchain ## formats the sources
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

python: TESTS := 1
python: deps ## what tests use of Python's: Microsoft's clients, receivers of messages, readers of reports
	@.build-python/bin/python -c 'import msal, azure.identity, msgraph, aiohttp, aiosmtpd, standardwebhooks, icalendar, playwright, PIL, wcwidth' 2> /dev/null || { \
	  echo "Installing $(PYTHON_PACKAGES) into .build-python …" && \
	  python3 -m venv --clear .build-python && \
	  .build-python/bin/python -m pip install --quiet --disable-pip-version-check $(PYTHON_PACKAGES); }
	@.build-azure/bin/python -c 'import azure.cli.core, azure.cli.command_modules.role' 2> /dev/null || { \
	  echo "Installing azure-cli into .build-azure (700 MB) …" && \
	  python3 -m venv --clear .build-azure && \
	  .build-azure/bin/python -m pip install --quiet --disable-pip-version-check azure-cli; }

fresh-machine: ## make demo as on a new machine, in a copy-on-write view of this one (root)
	@view=$$(mktemp -d) && trap 'rm -rf -- "$$view"' EXIT && Tests/Support/fresh-machine.sh "$$view"

toolchain:
	@command -v $(SWIFT) > /dev/null || { \
	  echo "swift is not on the PATH: install the Swift toolchain 6.2 or newer first (swift.org/install)" >&2; exit 69; }
