//! Writing the command that would have been accepted.

use std::ffi::OsString;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::output::{printable, shell_quote};

/// Returns the command line `cachet COMMAND …`, corrected and quoted for a shell.
///
/// `arguments` is the command line as it was given, the program's name first; `command` is the command's words and its
/// operands: what belongs to no flag is taken from there. The flags in `replaced` (without dashes) go, those
/// in `by` (with them) stand in their place.
pub(crate) fn corrected(
    arguments: &[OsString],
    command: &str,
    replaced: &[&str],
    by: &[(String, String)],
) -> String {
    let mut words = vec!["cachet".to_owned(), command.to_owned()];
    for (flag, value) in by {
        push(&mut words, flag, Some(value));
    }
    let mut given = arguments
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = given.next() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let (name, mut value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        if value.is_none() && takes_value(command, name) {
            value = given.next();
        }
        if !replaced.contains(&name) {
            push(&mut words, &format!("--{name}"), value.as_deref());
        }
    }
    words.join(" ")
}

fn push(words: &mut Vec<String>, flag: &str, value: Option<&str>) {
    words.push(printable(flag).into_owned());
    if let Some(value) = value {
        words.push(shell_quote(&printable(value)).into_owned());
    }
}

fn takes_value(command: &str, name: &str) -> bool {
    let definition = Cli::command();
    let mut found = &definition;
    for word in command.split(' ') {
        match found.find_subcommand(word) {
            Some(below) => found = below,
            None => break,
        }
    }
    found
        .get_arguments()
        .chain(definition.get_arguments())
        .find(|argument| argument.get_long() == Some(name))
        .is_some_and(|argument| argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn what_was_given_stays_and_what_is_missing_is_added() {
        let given = words(&[
            "/usr/bin/cachet",
            "--dir",
            "my ca",
            "issue",
            "--class=2",
            "--email",
            "a@b.c",
            "--surname",
            "O'Neil",
            "--overwrite",
            "--days",
            "99999",
            "--locality",
            "X",
        ]);
        let by = [
            ("--days".to_owned(), "365".to_owned()),
            ("--evidence".to_owned(), "in-person=SEEN BY WHOM".to_owned()),
        ];
        assert_eq!(
            corrected(&given, "issue", &["locality", "days", "evidence"], &by),
            r"cachet issue --days 365 --evidence 'in-person=SEEN BY WHOM' --dir 'my ca' --class 2 --email a@b.c --surname 'O'\''Neil' --overwrite"
        );
    }
}
