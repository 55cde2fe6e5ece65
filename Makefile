# The front door for a machine without Deno: each target first sets up what it needs, inside this folder.
# Needed from the system: node with npm, gcc, make and, where libunwind's headers are not installed, apt-get.
# With Deno at hand (.toolchain/bin/deno is what `make` uses), `deno task` lists the rest.

DENO := .toolchain/bin/deno
export DENO_NO_UPDATE_CHECK := 1

all: setup ## build dist/austinp
	@$(DENO) task -q compile
	@echo built dist/austinp

demo: setup ## build, then profile a bundled program
	@$(DENO) task -q demo

test: setup ## build, then run the tests
	@$(DENO) task -q test

lint: setup ## check format, lint rules, types and docs
	@$(DENO) task -q lint

bench: setup ## build, then measure pauses and costs
	@$(DENO) task -q bench

setup: ## fetch Deno, libunwind and the compile base
	@tools/setup.sh

clean: ## remove what was built
	rm -rf build dist

distclean: clean ## and what was fetched
	rm -rf .toolchain node_modules

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

.PHONY: all demo test lint bench setup clean distclean help
