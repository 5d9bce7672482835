# Countersign. Every target does the set-up that it needs; a second run is quick.
.PHONY: help setup run test check bench soak interop clean

help: ## say what each target does
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile

setup: ## install what is missing (Debian packages, npm packages) and build the interface
	@scripts/setup.sh test

run: ## set up, build and start the sample shop; without a display, the station with the browser desk
	@scripts/setup.sh build && scripts/run.sh $(ARGS)

test: ## set up and run every test: Rust, real window, Svelte, browser
	@scripts/test.sh

check: ## format, lints, types
	@scripts/check.sh

bench: ## measure what must be fast, in the release profile; prints a table and writes bench/summary.json (PART=append: one part)
	@scripts/setup.sh test && scripts/bench.sh

soak: ## simulate whole shifts, optimised: MINUTES=60, SEEDS=1000000, or SEED=7 to replay one; prints seeds/s
	@scripts/soak.sh

interop: ## run packages of others against a real station: clients, a server and the conformance suite of MCP, agents of frameworks
	@scripts/setup.sh test && scripts/interop.sh

clean: ## remove what was built and downloaded here; data folders stay
	cargo clean
	rm -rf ui/dist ui/dist-chat ui/node_modules tests/browser/node_modules
