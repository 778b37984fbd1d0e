# What a checkout can do. `make` alone tells. Everything is installed into this folder; see scripts/setup.
.DEFAULT_GOAL := help
.PHONY: help setup run demo-telegram test test-all test-slow lint format bench chaos clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | while IFS='	' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

setup: ## Install both environments (make run and make test do it by themselves)
	@scripts/setup

run: ## Start the assistant with its demo shop
	@scripts/setup
	@exec .venv/bin/bellhop up --demo

demo-telegram: ## Start it with a Telegram of its own and chat with it here: no token, no network
	@scripts/setup --tests-packages
	@exec .venv/bin/python -m tests.telegram.demo

test: ## What is checked after every change; brings a browser and PostgreSQL where they are missing
	@scripts/setup --tests
	@scripts/test

test-all: ## All tests: also the engine's, the widget's, the dialogues', and a short chaos run (as CI does)
	@scripts/setup --tests
	@scripts/test --all

test-slow: ## As test-all, with 1,000 kills over 5,000 messages and with TensorFlow (about an hour)
	@scripts/setup --tests
	@scripts/test --slow

lint: ## Check style and types
	@scripts/setup --tests-packages
	@scripts/lint

format: ## Rewrite the code in the project's style
	@scripts/setup --tests-packages
	@.venv/bin/ruff check --fix-only --quiet . ; .venv/bin/ruff format .

bench: ## Measure against a stock Rasa bot; writes docs/performance.md
	@scripts/setup --tests-packages
	@PATH="$$(dirname "$$(scripts/find-uv)"):$$PATH" .venv/bin/python -m bench

chaos: ## Kill the app and the engine at random while customers write; see `--help` of tests.chaos
	@scripts/setup --tests-packages
	@.venv/bin/python -m tests.chaos

clean: ## Remove environments, models, caches and build results; the data in var/ stays
	rm -rf .venv bot/engine/.venv .tools models build .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
