# Every door of the house. All of them use the one profile of Cargo.toml (`--release`).

SEEDS ?= 500
STEPS ?= 500
# How often the law and clusters are measured.
RUNS ?= 5

# Build outside the checkout, where a clean clone finds the last build again. Empty counts as unset.
export override CARGO_TARGET_DIR := $(or $(CARGO_TARGET_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/reeve/target)
# A fresh rustup is not on the PATH of every shell.
export PATH := $(PATH):$(HOME)/.cargo/bin

# Programs are chosen by --bin, never by -p: dependencies have the features that all crates together ask for, so that whatever
# was built or tested before is not built anew.
CARGO_BUILD := cargo build --release --workspace
CARGO_RUN := cargo run -q --release --bin

.DEFAULT_GOAL := help
.PHONY: help setup reeve demo test bench law cluster story judge

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[a-z ]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

# Cargo does not tell two checkouts of a package apart, and what is new by its date alone: in a folder where both build,
# what one left would be taken for the other's. So what is left of our own crates goes, and all that was fetched stays.
setup: ## check for Rust, a C++ compiler and libclang; on Debian, install what is missing if it may
	@cargo --version >/dev/null && rustc --version >/dev/null || { \
	  echo "setup: no working cargo and rustc. Install Rust from https://rustup.rs;" >&2; \
	  echo "       rustup then fetches the version that rust-toolchain.toml names." >&2; \
	  exit 1; }
	@compiles() { echo 'int main() { return 0; }' | c++ -x c++ -o /dev/null - 2>/dev/null && \
	  echo 'int main(void) { return 0; }' | cc -x c -o /dev/null - 2>/dev/null; }; \
	clang() { [ -n "$$LIBCLANG_PATH" ] || [ "$$(uname)" = Darwin ] || { \
	  for lib in /usr/lib/llvm*/lib*/libclang[.-]*so* /usr/lib*/libclang[.-]*so* \
	    /usr/lib/*/libclang[.-]*so* /usr/local/lib*/libclang[.-]*so*; do \
	    case "$$lib" in *libclang-cpp*) ;; *) [ -e "$$lib" ] && return 0 ;; esac; done; return 1; }; }; \
	missing() { compiles || echo g++; clang || echo libclang-dev; }; \
	wanted="$$(missing)"; \
	[ -z "$$wanted" ] || { \
	  if [ "$$(id -u)" = 0 ]; then as_root="env"; else as_root="sudo -n"; fi; \
	  if command -v apt-get >/dev/null && $$as_root true 2>/dev/null; then \
	    echo "setup: installing Debian's $$(echo $$wanted), which RocksDB is built with"; \
	    $$as_root apt-get update -q && \
	    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$wanted; \
	  fi; \
	  wanted="$$(missing)"; \
	  [ -z "$$wanted" ] || { \
	    echo "setup: RocksDB is built with a C++ compiler and libclang; missing here: $$(echo $$wanted). Install:" >&2; \
	    echo "       apt install g++ libclang-dev | dnf install gcc-c++ clang-devel | apk add g++ clang-dev" >&2; \
	    exit 1; }; }
	@checkout="$(CARGO_TARGET_DIR)/checkout"; [ "$$(cat "$$checkout" 2>/dev/null)" = "$(CURDIR)" ] || { \
	  for built in "$(CARGO_TARGET_DIR)" "$(CARGO_TARGET_DIR)/planted"; do \
	    [ ! -d "$$built/release" ] || cargo clean -qr --workspace --target-dir "$$built" || exit 1; done; \
	  mkdir -p "$(CARGO_TARGET_DIR)" && echo "$(CURDIR)" >"$$checkout"; }

reeve: setup ## build the program `reeve`, and say where it is
	@$(CARGO_BUILD) --bin reeve && echo "built: $(CARGO_TARGET_DIR)/release/reeve"

demo: setup ## three servers on this machine; whoever leads is killed, and nothing is lost
	@$(CARGO_BUILD) --bin reeve --bin reeve-trials && "$(CARGO_TARGET_DIR)/release/reeve-trials" demo

test: setup ## every part of the test suite, as CI runs it
	@$(CARGO_RUN) xtask -- test

bench: setup ## measure the law and clusters of real replicas, and write docs/performance.md; some 25 minutes
	@begin=$$(date +%s); set -e; \
	$(CARGO_BUILD) --bin reeve; \
	bench() { "$(CARGO_TARGET_DIR)/release/reeve" bench "$$@"; }; \
	bench law --runs $(RUNS) --keep bench; \
	bench proposals --runs $(RUNS) --keep bench; \
	bench cycles --runs $(RUNS) --keep bench; \
	bench failover --kills 20 --keep bench; \
	bench restart --tasks 1000000 --runs $(RUNS) --keep bench; \
	bench checkpoint --tasks 1000000 --keep bench; \
	bench idle --seconds 60 --keep bench; \
	bench report; \
	echo "make bench: $$(($$(date +%s) - begin)) s in all"

law: setup ## hunt for broken laws: make law SEEDS=100000, or one seed: make law SEED=42 (TELL=1 tells its history)
	@$(CARGO_RUN) reeve-sim -- law $(if $(SEED),--seed $(SEED) $(if $(TELL),--tell),--seeds $(SEEDS)) --steps $(STEPS)

cluster: setup ## hunt in whole clusters: make cluster SEEDS=2000, or one seed: make cluster SEED=42 (TELL=1 tells its history)
	@$(CARGO_RUN) reeve-sim -- cluster $(if $(SEED),--seed $(SEED) $(if $(TELL),--tell),--seeds $(SEEDS))

story: setup ## play a story: make story FILE=crates/sim/stories/demo.story
	@$(CARGO_RUN) reeve-sim -- story $(or $(FILE),$(error say which: make story FILE=crates/sim/stories/demo.story))

judge: setup ## play a story as the history of a seed, before all laws: make judge FILE=my.story SEED=42
	@$(CARGO_RUN) reeve-sim -- judge $(or $(FILE),$(error say which: make judge FILE=my.story SEED=42)) \
	  $(if $(SEED),--seed $(SEED))
