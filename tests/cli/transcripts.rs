//! What a terminal shows, word for word, kept as files beside this one.

#[test]
fn the_terminal_shows_what_the_transcripts_say() {
    trycmd::TestCases::new()
        .register_bin("cachet", std::path::Path::new(env!("CARGO_BIN_EXE_cachet")))
        .env("HOME", "/nonexistent")
        .env("CACHET_NOW", "2027-03-01T09:00:00Z")
        .case(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/cli/transcripts/*.trycmd"
        ));
}
