//! A shell script for NSS databases: Thunderbird, Evolution, and what else keeps a `cert9.db`.

use std::fmt::Write as _;

use identity::pem;

use super::{Package, fingerprint, name};
use crate::output::shell_quote;

/// Writes the script. The certificates stand in it; names are quoted, and nothing in them can become a command.
pub(crate) fn script(package: &Package) -> String {
    let mut files = String::new();
    let mut imports = String::new();
    let mut shown = String::new();
    for (number, certificate) in (1..).zip(package.all()) {
        let is_root = number <= package.roots.len();
        // Writing to a string does not fail.
        let _ = write!(
            files,
            "cat > \"$work/{number}.pem\" <<'END'\n{}END\n",
            pem::encode("CERTIFICATE", certificate.der())
        );
        // certutil(1): trusted to issue certificates for mail, and for nothing else; an issuing CA is trusted by its root.
        let trust = if is_root { ",C," } else { ",," };
        let _ = writeln!(
            imports,
            "    certutil -A -d \"sql:$profile\" -n {} -t '{trust}' -i \"$work/{number}.pem\"",
            shell_quote(&name(certificate))
        );
        if is_root {
            let line = format!(
                "{}\n  SHA-256 fingerprint: {}",
                name(certificate),
                fingerprint(certificate)
            );
            let _ = writeln!(shown, "printf '%s\\n' {}", shell_quote(&line));
        }
    }
    format!("{HEAD}{shown}{ASK}{files}{FIND}{imports}{TAIL}")
}

const HEAD: &str = "\
#!/bin/sh
# Makes Thunderbird, or another program with an NSS database, trust this root for mail.
#
#   sh FILE              every Thunderbird profile of yours
#   sh FILE FOLDER...    the databases (cert9.db) in these folders
#
# Close Thunderbird first. The program certutil is needed (Debian, Ubuntu: libnss3-tools; Fedora: nss-tools; macOS: brew install nss).
set -eu
";

const ASK: &str = "\
if [ -t 0 ]; then
    printf 'Is this the fingerprint that you were told by another way? [y/N] '
    read -r answer
    case $answer in
        [yYoO]*) ;;
        *) echo 'nothing was imported' >&2; exit 1 ;;
    esac
fi
if ! command -v certutil > /dev/null; then
    echo 'the program certutil is missing: install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (brew)' >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf \"$work\"' EXIT
";

const FIND: &str = "\
if [ $# -eq 0 ]; then
    for profile in \"$HOME\"/.thunderbird/*/ \"$HOME\"/snap/thunderbird/common/.thunderbird/*/ \\
        \"$HOME\"/.var/app/org.mozilla.Thunderbird/.thunderbird/*/ \"$HOME\"/Library/Thunderbird/Profiles/*/; do
        if [ -e \"$profile/cert9.db\" ]; then set -- \"$@\" \"$profile\"; fi
    done
fi
if [ $# -eq 0 ]; then
    echo 'there is no Thunderbird profile here: start Thunderbird once, or name the folder that holds cert9.db' >&2
    exit 1
fi
for profile in \"$@\"; do
    if [ ! -e \"$profile/cert9.db\" ]; then
        echo \"$profile: there is no cert9.db in it\" >&2
        exit 1
    fi
";

const TAIL: &str = "    echo \"trusted for mail: $profile\"
done
";
