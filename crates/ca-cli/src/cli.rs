//! The command line as a whole: global flags and the list of commands.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::commands::Command;

/// A private certificate authority for S/MIME, and the mail that its certificates sign and open
///
/// Begin with `cachet demo`, which shows the whole path in a folder of its own, or with `cachet init`.
#[derive(Debug, clap::Parser)]
#[command(
    name = "cachet",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done, 1 refused or failed, 2 usage, 4 a verification, lint or status came out \
                        negative, 255 a bug."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that stand before or after any command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The CA's directory
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CACHET_DIR",
        hide_env_values = true,
        default_value = "ca-data"
    )]
    pub(crate) dir: PathBuf,
    /// Where records live: sqlite:PATH [default: sqlite:DIR/ca.db]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CACHET_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<String>,
    /// A mail user's own directory: trusted roots, contacts [default: the platform's data directory + cachet]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CACHET_PROFILE",
        hide_env_values = true
    )]
    pub(crate) profile: Option<PathBuf>,
    /// A file whose first line is the passphrase of the issuing CAs' keys (- is standard input)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CACHET_PASSPHRASE_FILE",
        hide_env_values = true
    )]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// A file whose first line is the passphrase of the root's key (- is standard input)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CACHET_ROOT_PASSPHRASE_FILE",
        hide_env_values = true
    )]
    pub(crate) root_passphrase_file: Option<PathBuf>,
    /// Act as if it were this moment, for instance 2026-09-01T08:00:00Z
    #[arg(long, global = true, value_name = "RFC3339", env = "CACHET_NOW", hide_env_values = true, value_parser = parse_moment)]
    pub(crate) now: Option<DateTime<Utc>>,
    /// What goes to standard output; listings also know csv
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Replace files that exist
    #[arg(long, global = true)]
    pub(crate) overwrite: bool,
    /// Answer yes to questions about what cannot be undone
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// Say nothing but results, warnings and errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

/// What results look like.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values, for listings
    Csv,
}

/// Finds `--format json` in arguments that clap could not parse.
pub(crate) fn asks_for_json(arguments: &[std::ffi::OsString]) -> bool {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    words.any(|word| word == "--format=json")
        || arguments
            .iter()
            .take_while(|word| *word != "--")
            .zip(arguments.iter().skip(1))
            .any(|(flag, value)| flag == "--format" && value == "json")
}

/// Tells whether `--dir` stands on the command line itself.
pub(crate) fn names_dir(arguments: &[std::ffi::OsString]) -> bool {
    arguments
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--dir" || word.to_string_lossy().starts_with("--dir="))
}

pub(crate) fn parse_moment(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = DateTime::parse_from_rfc3339(text)
        .map_err(|error| format!("{error}; write a moment as 2026-09-01T08:00:00Z"))?
        .with_timezone(&Utc);
    // RFC 5280 4.1.2.5: certificates know the years up to 9999; before 1950 UTCTime does not reach.
    if (1950..9990).contains(&chrono::Datelike::year(&moment)) {
        Ok(moment)
    } else {
        Err("choose a moment from 1950 to 9989: certificates know no year after 9999".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after() {
        for line in [
            ["cachet", "--format", "json", "--dir", "x", "status"],
            ["cachet", "status", "--format", "json", "--dir", "x"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.global.format, Format::Json);
            assert_eq!(cli.global.dir, PathBuf::from("x"));
        }
    }

    #[test]
    fn every_leaf_command_shows_an_example() {
        fn visit(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            if command.has_subcommands() {
                command
                    .get_subcommands()
                    .filter(|c| c.get_name() != "help")
                    .for_each(|c| visit(c, &path));
            } else {
                let after = command
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(after.contains("cachet "), "{path} has no example");
                assert!(command.get_about().is_some(), "{path} has no description");
            }
        }
        for command in Cli::command().get_subcommands() {
            visit(command, "cachet");
        }
    }

    #[test]
    fn json_is_recognised_in_a_wrong_command_line() {
        let words = |line: &str| line.split(' ').map(std::ffi::OsString::from).collect::<Vec<_>>();
        assert!(asks_for_json(&words("cachet isue --format json")));
        assert!(asks_for_json(&words("cachet --format=json isue")));
        assert!(!asks_for_json(&words("cachet isue -- --format json")));
        assert!(!asks_for_json(&words("cachet isue --format table")));
    }

    #[test]
    fn moments_are_rfc3339() {
        assert!(parse_moment("2026-09-01T08:00:00Z").is_ok());
        assert!(parse_moment("2026-09-01T08:00:00+02:00").is_ok());
        for wrong in ["2026-09-01", "tomorrow", "0001-01-01T00:00:00Z"] {
            assert!(parse_moment(wrong).is_err(), "{wrong}");
        }
    }
}
