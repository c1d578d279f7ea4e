use std::path::PathBuf;

use ca_store::atomic::{self, Mode};
use clap::CommandFactory as _;
use serde::Serialize;

use crate::cli::Cli;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, man, table};

/// Write the manual pages, one for each command
///
/// A name like cachet-mail-sign.1 stands for cachet mail sign. They are read with `man -l FILE`, or with `man cachet-mail-sign`
/// once they are in a folder like /usr/local/share/man/man1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet man man1")]
pub(crate) struct ManArgs {
    /// The folder to write them into, made if it is missing
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

#[derive(Serialize)]
struct Report {
    directory: String,
    pages: Vec<String>,
}

pub(super) fn run(context: &Context, args: &ManArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let pages = man::pages(Cli::command())?;
    atomic::create_public_directory(&args.directory)?;
    let path = |name: &str| args.directory.join(name);
    // Nothing is written where one of them could not be.
    for (name, _) in &pages {
        atomic::precheck(&path(name), context.overwrite())?;
    }
    for (name, text) in &pages {
        atomic::write(&path(name), text, Mode::Public, context.overwrite())?;
    }
    let report = Report {
        directory: args.directory.display().to_string(),
        pages: pages.into_iter().map(|(name, _)| name).collect(),
    };
    context.ui.result(&match context.is_json() {
        true => json::acted("written", &report),
        false => table::facts([
            ("Directory", report.directory),
            ("Pages", report.pages.len().to_string()),
        ]),
    })?;
    Ok(Outcome::Done)
}
