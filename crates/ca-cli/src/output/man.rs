//! Manual pages (man(7)), made from the definition of the command line.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;

use crate::error::{CommandError, ErrorKind};

/// Returns the pages of a program and all its commands: name of the file, text.
pub(crate) fn pages(program: Command) -> Result<Vec<(String, Vec<u8>)>, CommandError> {
    let mut program = program.disable_help_subcommand(true);
    // This names the commands as their pages are called: cachet-mail-sign.
    program.build();
    let mut found = Vec::new();
    let mut open = vec![program];
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands().cloned());
        let name = command.get_display_name().unwrap_or(command.get_name());
        let name = format!("{name}.1");
        let text = page(command)
            .map_err(|error| CommandError::new(ErrorKind::Internal, format!("page {name}: {error}")))?;
        found.push((name, text));
    }
    found.sort();
    Ok(found)
}

fn page(command: Command) -> io::Result<Vec<u8>> {
    let examples = command.get_after_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let name = command.get_display_name().unwrap_or(command.get_name());
    // Without a date: the same program writes the same pages.
    let title = format!(
        ".TH {} 1 \"\" \"cachet {}\"",
        escape(name),
        env!("CARGO_PKG_VERSION")
    );
    let man = Man::new(command);
    let mut out = Vec::new();
    writeln!(out, "{title}")?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if has_commands {
        man.render_subcommands_section(&mut out)?;
    }
    // Examples keep their lines, which the library would fill.
    let examples = examples.unwrap_or_default();
    let lines: Vec<&str> = examples.lines().filter(|line| line.starts_with("  ")).collect();
    if !lines.is_empty() {
        writeln!(out, ".SH EXAMPLES\n.nf")?;
        for line in lines {
            writeln!(out, "{}", escape(line.trim()))?;
        }
        writeln!(out, ".fi")?;
    }
    writeln!(out, "{EXIT_STATUS}")?;
    Ok(out)
}

/// Writes text that is to stay as it is: no escapes, no requests, and hyphens that can be copied.
fn escape(line: &str) -> String {
    let text = line.replace('\\', r"\e").replace('-', r"\-");
    match text.starts_with(['.', '\'']) {
        true => format!(r"\&{text}"),
        false => text,
    }
}

const EXIT_STATUS: &str = r#".SH "EXIT STATUS"
.TP
0
done
.TP
1
refused or failed: bad input, policy refusal, input or output
.TP
2
the command line is wrong
.TP
4
a verification, lint, comparison or status came out negative
.TP
255
a bug"#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages(crate::cli::Cli::command()).unwrap();
        for name in ["cachet.1", "cachet-mail.1", "cachet-mail-sign.1", "cachet-man.1"] {
            let page = pages.iter().find(|page| page.0 == name);
            let text = String::from_utf8(page.expect(name).1.clone()).unwrap();
            assert!(text.contains(".SH NAME"), "{name}");
        }
        assert!(!pages.iter().any(|(name, _)| name.contains("help")));
    }

    #[test]
    fn examples_are_no_requests() {
        assert_eq!(escape(".so /etc/passwd"), r"\&.so /etc/passwd");
        assert_eq!(escape(r"a --b \n"), r"a \-\-b \en");
    }
}
