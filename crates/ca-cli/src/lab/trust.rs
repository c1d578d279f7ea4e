//! Whom a lab trusts: given roots, or the CA whose directory is at hand, with what it knows of its certificates.

use std::path::{Path, PathBuf};

use ca_core::ledger::{Ledger, SerialNumber, Status};
use ca_store::{CaDirectory, DirectoryState, SqliteLedger, StoreUrl};
use chrono::{DateTime, Utc};
use identity::{Certificate, CertificateList};
use smime::VerifyOptions;

use super::examine::Mail;
use super::fault::Fault;
use crate::anchors::Anchors;
use crate::context::{CRL_LIMIT, Context};
use crate::error::{CommandError, ErrorKind};
use crate::path_args::PathArgs;
use crate::{authority, revocation_list};

/// What certificates are judged with.
#[derive(Debug)]
pub(crate) struct Trust {
    anchors: Anchors,
    /// The user's own help to build chains: who names it does not ask whether mails bring their chain along.
    untrusted: Vec<Certificate>,
    crls: Vec<CertificateList>,
    ocsp: Vec<smime::path::OcspAnswer>,
    ledgers: Vec<SqliteLedger>,
}

impl Trust {
    /// Reads what `--trust` names, else the CA's directory if one is there, else the profile's roots.
    pub(crate) fn load(context: &Context, args: &PathArgs, ca: Option<&Path>) -> Result<Self, CommandError> {
        let mut directories: Vec<PathBuf> = args.trust.iter().filter(|path| path.is_dir()).cloned().collect();
        let anchors = if args.trust.is_empty() {
            match ca
                .map(|ca| Ok::<_, CommandError>((ca, Self::is_ca(context, ca)?)))
                .transpose()?
            {
                Some((ca, true)) => {
                    directories.push(ca.to_path_buf());
                    Anchors::from_flags(context, &directories)?
                }
                _ => Anchors::from_flags_or_profile(context, &[])?,
            }
        } else {
            Anchors::from_flags(context, &args.trust)?
        };
        if anchors.roots.is_empty() {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                "no root is trusted, so that no certificate can be judged",
            )
            .hint("name the CA's root with --trust root.pem, or its directory with --trust DIR"));
        }
        let mut trust = Self {
            anchors,
            untrusted: args.untrusted(context)?,
            crls: args.crls(context)?,
            ocsp: args.ocsp_answers(context)?,
            ledgers: Vec::new(),
        };
        for directory in directories {
            trust.take_records(context, &directory)?;
        }
        Ok(trust)
    }

    /// Tells whether a CA lives in a directory.
    pub(crate) fn is_ca(context: &Context, path: &Path) -> Result<bool, CommandError> {
        let store = match context.global.dir == path {
            true => context.store_url()?,
            false => StoreUrl::default_in(path),
        };
        // (What is no CA's directory may be anything else.)
        let state = CaDirectory::state(path, &store);
        Ok(matches!(
            state,
            Ok(DirectoryState::Initialised | DirectoryState::LedgerMissing)
        ))
    }

    /// Hands over what certificates are judged with.
    pub(crate) fn apply<'a>(&'a self, options: &mut VerifyOptions<'a>) {
        options.anchors = &self.anchors.roots;
        options.untrusted = &self.untrusted;
        options.crls = &self.crls;
        options.ocsp = &self.ocsp;
        options.classes.extend(self.anchors.classes.iter().cloned());
    }

    /// The issuing CAs that are known without any mail.
    pub(crate) fn issuers(&self) -> &[Certificate] {
        &self.anchors.intermediates
    }

    /// Looks every signer's certificate up in the records: they know of a revocation before any list does.
    pub(crate) fn look_up(&self, mails: &mut [Mail], now: DateTime<Utc>) -> Result<(), CommandError> {
        for mail in mails {
            let Some(signer) = mail.signer.as_ref().filter(|signer| signer.is_intact) else {
                continue;
            };
            let Ok(serial) = signer.certificate.serial_hex().parse::<SerialNumber>() else {
                continue;
            };
            for ledger in &self.ledgers {
                let record = ledger.certificate(&serial)?;
                let record = record.filter(|record| record.certificate() == Some(signer.certificate.der()));
                let withdrawn =
                    record.is_some_and(|record| matches!(record.status(now), Status::Revoked | Status::Held));
                if withdrawn && !mail.faults.contains(&Fault::Revoked) {
                    mail.faults.push(Fault::Revoked);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads a CA's own lists, and keeps its ledger at hand.
    fn take_records(&mut self, context: &Context, path: &Path) -> Result<(), CommandError> {
        let store = match context.global.dir == path {
            true => Some(context.store_url()?),
            false => None,
        };
        let directory = CaDirectory::open(path, store)?;
        let ledger = context.ledger(&directory)?;
        let published = directory.publish_directory();
        for ca in authority::of_ledger(&ledger)? {
            // A list that is damaged is not the students' fault: the ledger knows better anyway.
            if let Some(bytes) = published.crl(&ca.record.id, CRL_LIMIT)? {
                let blocks = revocation_list::blocks(&bytes);
                let der = blocks.first().map_or(bytes.as_slice(), Vec::as_slice);
                self.crls.extend(CertificateList::from_der(der).ok());
            }
        }
        self.ledgers.push(ledger);
        Ok(())
    }
}
