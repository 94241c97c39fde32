# civicsns: `make demo` and `make test` are all it takes to start.
# They need Python 3.11 to 3.13, git and the package registry, and keep to the directory .venv.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?=
export PYTHON

# pytest's options, for instance: make test ARGS="-k thread"
ARGS ?=

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: endure fuzz help demo test node openapi lint types imports docs generate model crash soak mutants bench examples ci clean demo-env test-env dev-env

help: ## この一覧 / This list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: demo-env ## 練習用の X と Facebook へ、武雄市の最初の投稿 / Takeo's first post, to a practice X and Facebook
	@$(BIN)/python examples/takeo/post.py

test: test-env ## すべての試験 / All tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

node: test-env ## 文字数の数え方を X 公式の実装と比べる試験（Node.js） / Compare text measuring with X's own code (Node.js)
	@$(BIN)/python -m pytest -m node $(ARGS)

openapi: test-env ## X の OpenAPI 文書との照合（CIVICSNS_X_OPENAPI=ファイル） / Check against X's OpenAPI file (CIVICSNS_X_OPENAPI=file)
	@$(BIN)/python -m pytest -m openapi $(ARGS)

lint: dev-env ## 書き方の検査 / Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev-env ## 型の検査 / Types
	@said=0; $(BIN)/mypy || said=1; $(BIN)/pyright --pythonpath $(BIN)/python || said=1; exit $$said

imports: dev-env ## 層の検査 / Layers
	@$(BIN)/lint-imports

docs: dev-env ## 文書を site/ に作る / Build the documents into site/
	@$(BIN)/python tools/reference.py --check
	@$(BIN)/python tools/matrix.py --check
	@$(BIN)/python tools/cli_help.py --check
	@$(BIN)/python tools/policy_schemas.py --check
	@$(BIN)/python tools/prove_packs.py --check
	@$(BIN)/python tools/make_readings.py --check
	@$(BIN)/python tools/rule_pages.py --check
	@$(BIN)/python tools/make_fold_tables.py --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs --quiet build --strict
	@$(BIN)/python tools/offline.py site

generate: dev-env ## 文書のうち、コードから作る頁を作り直す / Write again the pages made from the code
	@$(BIN)/python tools/reference.py
	@$(BIN)/python tools/matrix.py
	@$(BIN)/python tools/cli_help.py
	@$(BIN)/python tools/policy_schemas.py
	@$(BIN)/python tools/prove_packs.py
	@$(BIN)/python tools/make_readings.py
	@$(BIN)/python tools/rule_pages.py
	@$(BIN)/python tools/make_fold_tables.py

model: test-env ## 台帳の手順を、起こりうる順序すべてで調べる / The ledger's protocol, in every order of events
	@$(BIN)/python tools/ledger_model.py

crash: test-env ## 処理をあらゆる所で止め、台帳とネットワークを比べる / Kill processes everywhere; compare ledger and networks
	@CIVICSNS_CRASH=all $(BIN)/python -m pytest tests/crash/test_matrix.py -q --numprocesses 2 $(ARGS)

soak: test-env ## 1 万件を、無作為な故障と停止の中で / Ten thousand deliveries among random faults and deaths
	@$(BIN)/python tools/soak.py $(ARGS)

mutants: test-env ## わざと手抜きを植え、試験が見つけるかを確かめる / Plant shortcuts; each must be found by a test
	@$(BIN)/python tools/product_mutants.py $(ARGS)

fuzz: test-env ## 百万の文を畳み、規範に照らし、約束を守るか調べる / Fold and check a million texts; do folding and rules keep their word?
	@$(BIN)/python tools/fuzz_folding.py $(ARGS)
	@$(BIN)/python tools/fuzz_policy.py $(ARGS)

endure: test-env ## 復元、再起動、更新、時計の合わせ直しを、長く試す / Restores, restarts, upgrades and set clocks, at length
	@CIVICSNS_ENDURE=30 $(BIN)/python -m pytest tests/endurance $(ARGS)

bench: test-env ## 時間を測る / Measure times
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

examples: test-env ## 例をすべて動かす / Run every example
	@BIN=$(BIN) tools/examples.sh

ci: ## 提出前の検査すべて / The whole gate
	@.ci/run

clean: ## 作ったものを消す / Remove what was made
	rm -rf $(VENV) $(VENV)-engines site build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

demo-env:
	@tools/environment.sh $(VENV) demo

test-env:
	@tools/environment.sh $(VENV) test

dev-env:
	@tools/environment.sh $(VENV) dev
