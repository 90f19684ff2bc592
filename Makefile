# One command a habit. `make demo` and `make test` set up what they need, on a fresh machine too.

# rustup puts cargo there, and a shell opened before that does not look there.
export PATH := $(HOME)/.cargo/bin:$(PATH)

.PHONY: help setup build release-build release demo test fmt lint docs ci bench accuracy samples accept deny

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the build needs; quick when nothing is missing
	@scripts/setup

build release-build: setup ## Build the program: target/release/firstseen
	cargo build --release --bin firstseen

release: build ## Pack dist/firstseen-VERSION-TARGET.tar.gz: program, manual, completions, licences
	scripts/release

demo: build ## Run the main job on samples/, into ./demo
	scripts/demo

# The doc tests come first: the runner's closing lines are what CI reads.
test: setup ## Run all tests
	cargo test --workspace --doc --quiet
	scripts/neon
	@if cargo nextest --version >/dev/null 2>&1; then \
	    echo 'cargo nextest run --workspace'; cargo nextest run --workspace; \
	else \
	    echo 'cargo test --workspace --lib --bins --tests'; cargo test --workspace --lib --bins --tests; \
	fi

fmt: ## Format the code
	cargo fmt --all

lint: ## Check format and lints, as CI does
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

docs: ## Build the documentation of the code, warnings are errors
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

ci: ## All that CI runs: test, lint, docs
	$(MAKE) test
	$(MAKE) lint
	$(MAKE) docs

bench: build ## Measure speed and size
	benches/run

accuracy: build ## Measure recall and false matches on the media in MEDIA=DIR
	@test -n "$(MEDIA)" || { echo 'usage: make accuracy MEDIA=DIR [OPTIONS="--distractors 100000"]' >&2; exit 2; }
	benches/accuracy $(OPTIONS) "$(MEDIA)"

samples: ## Make samples/ again from its origins in MEDIA=DIR
	samples/make "$(MEDIA)"

accept: ## Renew the snapshots of tests; read the diff before you commit it
	INSTA_UPDATE=always cargo test --workspace

deny: ## Check licences and advisories of dependencies (needs cargo-deny)
	cargo deny check
