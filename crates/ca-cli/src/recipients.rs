//! Finding the certificates that mail is encrypted to.

use std::path::Path;

use identity::Certificate;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Finds the certificate of each recipient that was named.
///
/// `flag` is what they were named with.
pub(crate) fn resolve(
    context: &Context,
    flag: &str,
    named: &[String],
) -> Result<Vec<Certificate>, CommandError> {
    named.iter().map(|name| one(context, flag, name)).collect()
}

fn one(context: &Context, flag: &str, name: &str) -> Result<Certificate, CommandError> {
    let path = Path::new(name);
    if !path.exists() {
        if name.contains('@') && !name.contains('/') {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!(
                    "there is no certificate for {name}: an address book of certificates is not kept yet"
                ),
            )
            .hint(format!(
                "name a file with the certificate instead: {flag} {name}.crt"
            )));
        }
        return Err(
            CommandError::new(ErrorKind::NotFound, format!("{name} does not exist"))
                .hint("a recipient is named by a file with the certificate: PEM, DER or p7b"),
        );
    }
    let mut found = context.certificates(path)?;
    if found.len() > 1 {
        // A chain stands beside the holder's certificate: it is the one that is no authority's.
        found.retain(|certificate| !certificate.is_ca());
    }
    match (found.pop(), found.len()) {
        (Some(certificate), 0) => Ok(certificate),
        (Some(_), more) => Err(CommandError::bad_input(format!(
            "{name} holds the certificates of {} holders; name one file for each recipient",
            more + 1
        ))),
        (None, _) => Err(CommandError::bad_input(format!(
            "{name} holds certificates of authorities only; mail is encrypted to the certificate of a person"
        ))),
    }
}
