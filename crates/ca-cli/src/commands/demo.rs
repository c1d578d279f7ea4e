mod cast;
mod story;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, table};

/// Show the whole path in a folder of its own: a private CA, three identities, and their mail
///
/// Needs no network and asks nothing. Every step does what the commands do, and its outcome is compared
/// with what it should be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet demo")]
pub(crate) struct DemoArgs {
    /// The folder to make, or an empty one [default: cachet-demo, or the next free cachet-demo-2 …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// One step of the story.
#[derive(Serialize)]
struct Step {
    step: usize,
    what: String,
    outcome: String,
    reason: String,
    file: Option<String>,
    as_expected: bool,
}

#[derive(Serialize)]
struct Report {
    directory: String,
    fingerprint: String,
    steps: Vec<Step>,
    next: Vec<Next>,
}

/// A file to open next.
#[derive(Serialize)]
struct Next {
    file: String,
    with: String,
}

pub(super) fn run(context: &Context, args: &DemoArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = match &args.out {
        Some(path) if path.symlink_metadata().is_ok() && !is_empty_folder(path) => {
            return Err(CommandError::new(
                ErrorKind::AlreadyExists,
                format!("{} exists already and was left as it is", path.display()),
            )
            .hint("name a folder that is empty or does not exist with --out DIR, or leave --out away"));
        }
        Some(path) => path.clone(),
        None => free_name(),
    };
    let report = story::tell(context, &directory)?;
    context.ui.result(&if context.is_json() {
        json::acted("made", &report)
    } else {
        report.table()
    })?;
    match report.steps.iter().filter(|step| !step.as_expected).count() {
        0 => Ok(Outcome::Done),
        wrong => Err(CommandError::new(
            ErrorKind::Internal,
            format!("{wrong} steps of the demonstration did not end as they should"),
        )
        .hint("please report this with the table above")),
    }
}

/// Tells whether a folder stands ready, as `mktemp -d` makes one.
fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn free_name() -> PathBuf {
    let taken = |path: &Path| path.symlink_metadata().is_ok();
    let first = PathBuf::from("cachet-demo");
    if !taken(&first) {
        return first;
    }
    (2u32..)
        .map(|number| PathBuf::from(format!("cachet-demo-{number}")))
        .find(|path| !taken(path))
        .unwrap_or(first)
}

impl Report {
    fn table(&self) -> String {
        let mut text = table::prose(
            ["STEP", "WHAT HAPPENS", "OUTCOME", "FILE"],
            self.steps.iter().map(|step| {
                let mark = if step.as_expected { "" } else { "\n(unexpected!)" };
                let reason = if step.reason.is_empty() {
                    String::new()
                } else {
                    format!("\n– {}", step.reason)
                };
                [
                    step.step.to_string(),
                    format!("{}{reason}", step.what),
                    format!("{}{mark}", step.outcome),
                    step.file.clone().unwrap_or_default(),
                ]
            }),
            58,
        );
        text.push_str(&format!("\nThe files are in {}. Open next:\n\n", self.directory));
        text.push_str(&table::prose(
            ["FILE", "WITH"],
            self.next
                .iter()
                .map(|next| [next.file.clone(), next.with.clone()]),
            70,
        ));
        text.push_str(&format!(
            "\nThe root's SHA-256 fingerprint, to compare when a program asks:\n  {}\n",
            self.fingerprint
        ));
        text
    }
}
