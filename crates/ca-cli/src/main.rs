//! The command line of cachet: terminal, files and wiring; it decides nothing.

mod address_book;
mod anchors;
mod authority;
mod cli;
mod command_line;
mod commands;
mod context;
mod duration;
mod enrolment;
mod error;
mod files;
mod identities;
mod initialisation;
mod issuance;
mod lab;
mod lookup;
mod mail_identity;
mod ocsp;
mod output;
mod p12_password;
mod passphrases;
mod path_args;
mod preset;
mod publishing;
mod recipients;
#[cfg(test)]
mod reference;
mod renewal;
mod revocation_list;
mod roster;
mod spreadsheet;
mod succession;
mod ui;
mod withdrawal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Format};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::ui::Ui;

fn main() -> ExitCode {
    ui::install_panic_hook();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error, cli::asks_for_json(&arguments)),
    };
    let (format, quiet) = (cli.global.format, cli.global.quiet);
    // The hook has spoken already; what unwinding leaves half-done is a temporary file at most.
    let ended = std::panic::catch_unwind(move || {
        let context = Context::new(cli.global, arguments);
        cli.command.run(&context)
    });
    let result = ended.unwrap_or_else(|_| {
        Err(
            CommandError::new(ErrorKind::Internal, "cachet has met a bug of its own")
                .hint("report it with the command that led here, without any secret"),
        )
    });
    match result {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            let ui = Ui::new(quiet);
            if format == Format::Json {
                // If standard output is gone, standard error still has it.
                let _ = ui.result(&error.to_json());
            }
            if error.kind != ErrorKind::Internal {
                ui.error(&error);
            }
            error.exit_code()
        }
    }
}

/// Answers help, version, and a command line that is wrong.
fn refuse_command_line(error: &clap::Error, json: bool) -> ExitCode {
    if error.use_stderr() && json {
        let text = error.to_string();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let message = lines
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        let mut failure = CommandError::usage(message);
        failure.hints = lines.map(|line| line.trim().to_owned()).collect();
        let _ = Ui::new(false).result(&failure.to_json());
    }
    ui::print_clap(error);
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}
