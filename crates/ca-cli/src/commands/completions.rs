use clap::CommandFactory as _;
use clap_complete::Shell;
use serde::Serialize;

use crate::cli::Cli;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::json;

/// Write a script that lets a shell complete commands and options
///
/// Bash reads it from ~/.local/share/bash-completion/completions/cachet, zsh from a file _cachet in a folder of $fpath, fish
/// from ~/.config/fish/completions/cachet.fish. Files are completed by the shell itself.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet completions bash > cachet.bash\n  eval \"$(cachet completions bash)\""
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

pub(super) fn run(context: &Context, args: &CompletionsArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let script = script(args.shell);
    context.ui.result(&match context.is_json() {
        true => json::document(&Script {
            shell: args.shell.to_string(),
            script,
        }),
        false => script,
    })?;
    Ok(Outcome::Done)
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cachet", &mut bytes);
    // What is written there is text.
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_gets_every_command() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for word in ["rollover", "recover", "--evidence", "--crl"] {
                assert!(
                    script.contains(word.trim_start_matches('-')),
                    "{shell} lacks {word}"
                );
            }
        }
    }
}
