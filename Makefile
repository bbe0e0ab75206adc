# Two commands matter: `make demo` and `make test`. Both do their own set-up and are quick when it is done.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-demo setup-test demo test release bench lint audit docs-screens

# `make demo LOCAL_ONLY=1`: this machine only, no TLS and no listening on the network.
LOCAL_ONLY ?=
# The development build that demo and test share. Started as it stands: `cargo run` would compile the dependencies once more, without
# what the tests add to them, and say nothing while it does.
BUILD := cargo build --locked --bins --tests
TARGET := $(or $(CARGO_TARGET_DIR),target)
JIANMIAN := $(TARGET)/debug/jianmian

help: ## this list
	@echo "Jianmian: remote proof of life. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: setup-test ## everything that demo, test and bench need on this machine

setup-demo:
	@scripts/setup.sh demo

setup-test:
	@scripts/setup.sh test

demo: setup-demo ## set up, build, seed a synthetic county, serve; LOCAL_ONLY=1 keeps it to this machine
	@echo "== building (the first time takes some minutes)"
	$(BUILD)
	@echo "== model files"
	@$(JIANMIAN) models fetch
	@$(JIANMIAN) demo $(if $(LOCAL_ONLY),--local-only)

test: setup-test ## set up, build, run every test, and print one summary
	@node scripts/test.mjs

release: setup-demo ## the program to serve with, optimised: target/release/jianmian
	@scripts/release.sh --bin jianmian

bench: setup-test ## cost of a call beside the same nets in OpenCV; due lists and notices of a million people; a county's roster; the queue
	@scripts/release.sh --bins --examples
	@$(TARGET)/release/jianmian models fetch
	@tests/bench/run.sh
	@tests/bench/roster.sh
	@tests/bench/county.sh
	@tests/bench/due.sh
	@tests/bench/notices.sh
	@tests/bench/queue.sh

lint: ## formatting, clippy without warnings, licences and banned crates
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check; \
	else echo "cargo-deny is not here: the built-in check instead (make audit has the whole)"; \
	cargo test --quiet --locked --test architecture package::; fi

audit: ## licences, bans, sources and advisories by cargo-deny (installed when missing; takes minutes)
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked
	cargo deny check

docs-screens: setup-test ## take the pictures in docs/screens anew
	node tests/e2e/screens.mjs
	node tests/e2e/verify-screens.mjs
	SCREENS_TO=$(CURDIR)/docs/screens node --test tests/e2e/visit-screens.mjs
	SCREENS_TO=$(CURDIR)/docs/screens node --test tests/e2e/console-screens.mjs
	node tests/e2e/pictures.mjs
	node tests/e2e/live-pictures.mjs $(CURDIR)/docs/screens
	SCREENS_TO=$(CURDIR)/docs/screens node --test tests/e2e/county-pages.test.mjs tests/e2e/house-pages.test.mjs
	node tests/e2e/gallery.mjs
