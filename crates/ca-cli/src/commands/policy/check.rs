use std::path::{Path, PathBuf};

use ca_core::policy::{PolicyErrors, Profile, RootPolicy};
use ca_store::FileError;
use serde::Serialize;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, printable, table};

/// Check policy files, and name every fault with its line and column
///
/// Exit code 4 means that a file is not sound.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet policy check ca-data/policies/class-1.yaml")]
pub(crate) struct PolicyCheckArgs {
    /// The policy files, or directories of them; root.yaml is recognised by its name
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    sound: bool,
    title: Option<String>,
    errors: Vec<ErrorView>,
}

#[derive(Serialize)]
struct ErrorView {
    line: u64,
    column: u64,
    message: String,
    remedy: String,
}

pub(super) fn run(context: &Context, args: &PolicyCheckArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let mut views = Vec::new();
    for file in &expand(&args.files)? {
        let bytes = context.read(file, FILE_LIMIT)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| CommandError::bad_input(format!("{} is not UTF-8 text", file.display())))?;
        views.push(FileView::new(file, check(file, text)));
    }
    let sound = views.iter().all(|view| view.sound);
    if context.is_json() {
        context.ui.result(&json::document(&views))?;
    } else {
        let mut text = table::list(
            ["FILE", "SOUND", "TITLE"],
            views.iter().map(|view| {
                let sound = if view.sound { "yes" } else { "no" };
                [
                    view.path.clone(),
                    sound.to_owned(),
                    view.title.clone().unwrap_or_default(),
                ]
            }),
        );
        for view in &views {
            for error in &view.errors {
                let line = format!(
                    "{}:{}:{}: {}; {}",
                    view.path, error.line, error.column, error.message, error.remedy
                );
                text.push_str(&printable(&line));
                text.push('\n');
            }
        }
        context.ui.result(&text)?;
    }
    Ok(Outcome::from_verdict(sound))
}

/// Puts the policy files of a directory in its place.
fn expand(named: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error| FileError::from_io("read", path, error);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            if entry.is_file()
                && entry
                    .extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                found.push(entry);
            }
        }
        if found.is_empty() {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!("{} holds no policy (NAME.yaml)", path.display()),
            ));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

fn check(file: &Path, text: &str) -> Result<String, PolicyErrors> {
    let path = file.display().to_string();
    let is_root = file.file_stem().is_some_and(|stem| stem == "root");
    if is_root {
        RootPolicy::parse(&path, text).map(|root| root.title().to_owned())
    } else {
        Profile::parse(&path, text).map(|profile| profile.title().to_owned())
    }
}

impl FileView {
    fn new(file: &Path, checked: Result<String, PolicyErrors>) -> Self {
        let (title, errors) = match checked {
            Ok(title) => (Some(title), Vec::new()),
            Err(errors) => (None, errors.into_iter().map(ErrorView::new).collect()),
        };
        Self {
            path: file.display().to_string(),
            sound: title.is_some(),
            title,
            errors,
        }
    }
}

impl ErrorView {
    fn new(error: ca_core::PolicyError) -> Self {
        Self {
            line: error.line,
            column: error.column,
            message: error.message,
            remedy: error.remedy,
        }
    }
}
