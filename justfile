# Shortcuts; none is required. `just` lists them.
_default:
    @just --list

# The whole self-signed-root path, told as a table
[group('use')]
demo *ARGS:
    cargo run --release -- demo {{ ARGS }}

# Every test; installs the peers it needs (tests/run --help)
[group('check')]
test *ARGS:
    tests/run {{ ARGS }}

# Formatting, clippy and dependency rules
[group('check')]
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check

# The public collections of verdicts, as a table with OpenSSL's marks beside ours (CACHET_CORPUS names their folder)
[group('check')]
conformance:
    cargo test -p ca-cli --test conformance -- --nocapture

# A message of 5 GiB, which no 32-bit length can count
[group('check')]
long:
    cargo test --release -p smime --test messages -- --ignored five_gibibytes

# N certificate paths that chance made up, and N damaged signatures, judged beside OpenSSL
[group('check')]
differential N="4000":
    CACHET_DIFFERENTIAL={{ N }} cargo test --release -p smime --test path --test verify differential -- --nocapture

# Kills commands at random moments, thousands of times, then makes each step of each fail; `just torture 20000` for a night
torture ROUNDS="3000":
    CACHET_TORTURE_ROUNDS={{ ROUNDS }} cargo test -p ca-cli --test cli nothing_that_was_promised -- --nocapture
    CACHET_FAULTS=all cargo test -p ca-cli --test cli faults::

# Input made to take long, ten million octets each, with the released program: the slowest are printed
[group('check')]
hostile OCTETS="10000000":
    CACHET_HOSTILE={{ OCTETS }} cargo test --release -p ca-cli --test cli hostile -- --nocapture

# Each fuzz target for SECONDS, or the TARGETS alone, from the seeds on (needs cargo-fuzz; a nightly toolchain is used if there)
[group('check')]
fuzz SECONDS="60" *TARGETS:
    fuzz/run {{ SECONDS }} {{ TARGETS }}

# Each fuzz target for an hour; what was found is kept in fuzz/corpus, made smaller
[group('check')]
fuzz-nightly: (fuzz "3600")

# The fuzz targets without libFuzzer: MUTATIONS of each seed, by the stable compiler
[group('check')]
mutate MUTATIONS="2000":
    CACHET_MUTATIONS={{ MUTATIONS }} cargo test --release -p smime --test fuzz -- --nocapture

# Speed, each figure beside openssl doing the same
[group('measure')]
bench *ARGS:
    cargo bench --workspace {{ ARGS }}

# The library documentation
[group('docs')]
docs:
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

# What continuous integration runs
[group('check')]
ci:
    .ci/run

# The release program, twice, octet by octet (docs/supply-chain.md)
[group('check')]
reproducible:
    tests/reproducible

# What the release program is made of, as CycloneDX
[group('check')]
sbom:
    cargo cyclonedx --version >/dev/null 2>&1 || cargo install --locked cargo-cyclonedx
    cargo cyclonedx --manifest-path crates/ca-cli/Cargo.toml --format json --describe binaries
    mv crates/ca-cli/cachet_bin.cdx.json cachet.cdx.json

# The static program as an archive and a Debian package, with SHA256SUMS, in FOLDER (docs/ci.md)
[group('use')]
release FOLDER="dist":
    packaging/release {{ FOLDER }}
