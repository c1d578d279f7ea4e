//! Who takes part: a CA, and people with identities of it.

use std::path::{Path, PathBuf};

use ca_core::admission::{AdmitContext, Approved, Refusal};
use ca_core::evidence::{Evidence, EvidenceKind};
use ca_core::policy::{PolicySet, shipped};
use ca_core::request::{Class, Request};
use ca_store::atomic::{self, Overwrite};
use ca_store::{CaDirectory, SqliteLedger, StoreUrl};
use identity::identity::Identity;
use identity::pkcs12::ReadOptions;
use identity::{Certificate, Mailbox, Passphrase};

use crate::authority;
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind};
use crate::initialisation::NewCa;
use crate::issuance::Issuance;
use crate::issuance::names::{Handouts, Names, Wanted};
use crate::p12_password::P12Password;
use crate::passphrases::NewPassphrases;
use crate::preset::P12Preset;

/// A CA of the demonstration.
pub(super) struct Ca {
    directory: CaDirectory,
    ledger: SqliteLedger,
    policies: PolicySet,
    passphrase: Passphrase,
    pub(super) root: Certificate,
}

impl Ca {
    /// Makes an unattended CA with the policies that are compiled in.
    pub(super) fn make(context: &Context, path: &Path, name: &str) -> Result<Self, CommandError> {
        let files: Vec<(String, String)> = shipped()
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let policies = PolicySet::parse(&files)?;
        let passphrase = Passphrase::generate()?;
        let passphrases = NewPassphrases {
            issuing: passphrase.clone(),
            root: passphrase.clone(),
            unlock: Some(passphrase.clone()),
        };
        let directory = NewCa {
            path,
            store: StoreUrl::default_in(path),
            root_dir: None,
            name,
            organization: None,
            country: None,
            domains: &[],
            critical_constraints: false,
            key: None,
            base_url: None,
            policy_files: &files,
            policies: &policies,
            requested: false,
            passphrases: &passphrases,
            audit: context.audit(),
            now: context.now(),
        }
        .make()?;
        let ledger = context.ledger(&directory)?;
        let root = authority::root(&authority::of_ledger(&ledger)?)?
            .certificate
            .clone();
        Ok(Self {
            directory,
            ledger,
            policies,
            passphrase,
            root,
        })
    }

    /// Asks the policy of a class.
    pub(super) fn admit(
        &self,
        context: &Context,
        request: Request,
        evidence: &[(EvidenceKind, &str)],
    ) -> Result<Result<Approved, Box<Refusal>>, CommandError> {
        let class = request.class;
        let issuing = authority::issuing(&self.ledger, class, context.now())?;
        let profile = self.policies.profile(class).ok_or_else(|| {
            CommandError::new(
                ErrorKind::PolicyRefused,
                format!("no policy is for class {class}"),
            )
        })?;
        let evidence = evidence
            .iter()
            .map(|(kind, text)| Evidence::stated(*kind, *text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommandError::bad_input)?;
        let admission = AdmitContext {
            now: context.now(),
            issuer_not_after: issuing.certificate.not_after(),
            permitted_domains: &authority::permitted_domains(&issuing.certificate),
        };
        Ok(profile.admit(request, evidence, &admission))
    }

    /// Issues an identity into a folder and reads it back from its P12, as its holder would.
    pub(super) fn issue(
        &self,
        context: &Context,
        folder: &Path,
        request: Request,
        evidence: &[(EvidenceKind, &str)],
    ) -> Result<Person, CommandError> {
        let approved = self
            .admit(context, request, evidence)?
            .map_err(|refusal| CommandError::new(ErrorKind::PolicyRefused, refusal))?;
        let issuing = authority::issuing(&self.ledger, approved.class(), context.now())?;
        let signer = authority::unlock(&self.directory, &issuing.record, &self.passphrase)?;
        let ca = authority::signing(&self.ledger, &issuing.record.id, signer)?;
        let address = approved
            .emails()
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        let names = Names::new(&Wanted {
            directory: folder,
            address: &address,
            certificates: approved.certificates(),
            with_key: true,
            key_file: false,
            preset: P12Preset::Both,
            password: true,
            handout: Handouts::None,
        });
        let password = P12Password::Generated(Passphrase::generate()?);
        atomic::create_public_directory(folder)?;
        Issuance {
            directory: &self.directory,
            ledger: &self.ledger,
            authority: &ca,
            passphrase: &self.passphrase,
            audit: context.audit(),
            now: context.now(),
            approved: &approved,
            names: &names,
            password: &password,
            preset: P12Preset::Both,
            leaf_only: false,
            another: false,
            renews: Vec::new(),
            holder_keys: &[],
            handout: None,
            overwrite: Overwrite::Refuse,
        }
        .run()?;
        let p12 = names.p12.clone().unwrap_or_default();
        let bytes = atomic::read(&p12, FILE_LIMIT)?;
        let identity = Identity::from_pkcs12(&bytes, Some(password.secret()), ReadOptions::default())?
            .into_iter()
            .next()
            .ok_or_else(|| CommandError::bad_input(format!("{} holds no identity", p12.display())))?;
        Ok(Person {
            address,
            identity,
            p12,
        })
    }
}

/// Somebody with an identity.
pub(super) struct Person {
    pub(super) address: String,
    pub(super) identity: Identity,
    pub(super) p12: PathBuf,
}

impl Person {
    pub(super) fn mailbox(&self) -> Result<Mailbox, CommandError> {
        Mailbox::parse(&self.address).map_err(CommandError::bad_input)
    }

    pub(super) fn certificate(&self) -> &Certificate {
        self.identity.certificate()
    }
}

/// Starts the request of somebody of a class.
pub(super) fn request(class: Class, address: &str) -> Result<Request, CommandError> {
    Ok(Request::new(
        class,
        Mailbox::parse(address).map_err(CommandError::bad_input)?,
    ))
}
