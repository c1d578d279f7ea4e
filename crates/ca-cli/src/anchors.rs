//! Finding the roots that a verification trusts.

use std::path::{Path, PathBuf};

use ca_store::{CaDirectory, LayoutError};
use const_oid::ObjectIdentifier;
use identity::Certificate;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Roots to trust, and what else may help to build a chain.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    pub(crate) roots: Vec<Certificate>,
    pub(crate) intermediates: Vec<Certificate>,
    /// What the policies of CA directories call their classes.
    pub(crate) classes: Vec<(ObjectIdentifier, u8)>,
}

impl Anchors {
    /// Reads what `--trust` names: certificate files, CA directories, or `system`.
    pub(crate) fn from_flags(context: &Context, named: &[PathBuf]) -> Result<Self, CommandError> {
        let mut anchors = Self::default();
        for path in named {
            if path == Path::new("system") && !path.exists() {
                anchors.roots.extend(system(context)?);
            } else if path.is_dir() {
                anchors.add_ca(context, path)?;
            } else {
                anchors.add_file(context.certificates(path)?);
            }
        }
        Ok(anchors)
    }

    /// Where a root stands among others, as in the p7b of `trust export`, these only help to reach it: a path that ended
    /// before the root would lack its name and the class.
    fn add_file(&mut self, found: Vec<Certificate>) {
        let (roots, others): (Vec<_>, Vec<_>) = found.into_iter().partition(Certificate::is_self_issued);
        if roots.is_empty() {
            self.roots.extend(others);
        } else {
            self.roots.extend(roots);
            self.intermediates.extend(others);
        }
    }

    /// As [`Self::from_flags`]; with none named the profile's roots count.
    pub(crate) fn from_flags_or_profile(context: &Context, named: &[PathBuf]) -> Result<Self, CommandError> {
        if !named.is_empty() {
            return Self::from_flags(context, named);
        }
        let roots = context.trust_store()?.list()?;
        Ok(Self {
            roots: roots.into_iter().map(|root| root.certificate).collect(),
            ..Self::default()
        })
    }

    fn add_ca(&mut self, context: &Context, path: &Path) -> Result<(), CommandError> {
        let directory = CaDirectory::open(path, None).map_err(|error| match error {
            LayoutError::NotInitialised { .. } => CommandError::new(
                ErrorKind::NotFound,
                format!("--trust {}: no CA lives in that directory", path.display()),
            )
            .hint("name a CA's directory, or a file with its root: --trust root.pem"),
            other => other.into(),
        })?;
        let ledger = context.ledger(&directory)?;
        self.intermediates.extend(crate::authority::superseded(&ledger)?);
        for authority in crate::authority::of_ledger(&ledger)? {
            if authority.is_root() {
                self.roots.push(authority.certificate);
            } else {
                self.intermediates.push(authority.certificate);
            }
        }
        let policies = context.policies(&directory)?;
        let classes = policies
            .profiles()
            .iter()
            .map(|profile| (profile.policy_oid(), profile.class().number()));
        self.classes.extend(classes);
        Ok(())
    }
}

fn system(context: &Context) -> Result<Vec<Certificate>, CommandError> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let known = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
    let found = named
        .into_iter()
        .chain(known.iter().map(PathBuf::from))
        .find(|path| path.is_file());
    match found {
        Some(path) => context.certificates(&path),
        None => Err(CommandError::new(
            ErrorKind::NotFound,
            "this system keeps no list of trusted roots that is known here",
        )
        .hint("name a certificate file with --trust FILE")),
    }
}
