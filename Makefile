# The only entry point, for people and for CI.
.DEFAULT_GOAL := help
.PHONY: help build package test test-real pictures gallery tools soak deny sbom bench count corpus generated fuzz clean-tools

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## both programs, release
	cargo build --release --bins

package: ## the function for infra/template.yaml: target/lambda/hikyaku.zip, arm64 (fetches cargo-lambda and zig first)
	sh infra/package.sh

test: ## format, lints and tests; Rust alone
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --test real -- -D warnings
	cargo test

test-real: tools ## the programs against real counterparts on loopback, the template against cfn-lint
	cargo test --test real -- --test-threads=1

pictures: ## every golden as its channel shows it, in target/pictures (needs Node; ONLY=<part of a path> WIDTH=390)
	sh tests/pictures/fetch.sh
	node tests/pictures/main.mjs

gallery: pictures ## the pictures of the README anew: those that lie in tests/pictures/gallery
	cd tests/pictures/gallery && for picture in */*.png; do cp "../../../target/pictures/$$picture" "$$picture"; done

tools: ## fetch the pinned counterparts into target/tools
	sh tests/real/fetch.sh

soak: ## 10,000 events under random faults, with a journal and with a ledger (SEED=<number> repeats one)
	HIKYAKU_SOAK_EVENTS=$(or $(HIKYAKU_SOAK_EVENTS),10000) cargo test --test soak -- --nocapture --test-threads=1

deny: ## licences, advisories and sources of all crates (builds cargo-deny first)
	cargo install cargo-deny --version 0.20.2 --locked --root target/tools --target-dir target/tools/build
	target/tools/bin/cargo-deny check

sbom: ## the bill of materials of the packed function, CycloneDX: target/sbom/hikyaku.cdx.json (builds cargo-cyclonedx first)
	cargo install cargo-cyclonedx --version 0.5.9 --locked --root target/tools --target-dir target/tools/build
	sh infra/sbom.sh

bench: ## how long each stage takes; with BENCH=<folder of the Lambda bench>, start-up, CPU and memory against the least that can do it
	cargo bench --bench stages 2>/dev/null
	$(if $(BENCH),cargo build --release --bin hikyaku-lambda)
	$(if $(BENCH),python3 tests/real/bench.py "$(BENCH)")

count: ## the instructions of each stage beside benches/baseline.json, at most 3 % off (needs valgrind; UPDATE=--update writes it anew)
	python3 benches/count.py $(UPDATE)

corpus: ## the command line against sample events: EVENTS=<folder> CHECK=<check_corpus.py>
	@test -d "$(or $(EVENTS),$(error say EVENTS=<folder>))" -a -f "$(or $(CHECK),$(error say CHECK=<check_corpus.py>))"
	$(MAKE) build
	python3 "$(CHECK)" --bin target/release/hikyaku --events "$(EVENTS)"

generated: ## 100,000 generated notifications against every channel's limits, in both locales
	HIKYAKU_GENERATED=100000 cargo test --release --test within_limits generated -- --nocapture

fuzz: ## all fuzz targets, SECONDS of each (600), beginning with the fixtures (needs cargo-fuzz)
	python3 fuzz/seed.py
	cargo fuzz run --sanitizer none ingress -- -max_total_time=$(or $(SECONDS),600) -max_len=65536
	cargo fuzz run --sanitizer none config -- -max_total_time=$(or $(SECONDS),600) -max_len=16384
	cargo fuzz run --sanitizer none render -- -max_total_time=$(or $(SECONDS),600) -max_len=65536
	cargo fuzz run --sanitizer none migrate -- -max_total_time=$(or $(SECONDS),600) -max_len=65536

clean-tools: ## remove what package, test-real, pictures, deny, sbom and bench have fetched and built
	rm -rf target/tools target/bench
