//! What the commands about requests share.

use ca_core::admission::AdmitContext;
use ca_core::enrolment::{Desk, EnrolmentRecord, Missing, RequestId, State, Submission};
use ca_core::policy::{PolicySet, Profile};
use ca_core::request::Class;
use ca_core::text;
use ca_store::{CaDirectory, SqliteLedger, StagingError, StagingLock};

use crate::authority::{self, CaCertificate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::mail_identity::{self, Home};

/// The CA, as requests are made to it.
pub(crate) struct Office<'a> {
    pub(crate) context: &'a Context,
    pub(crate) directory: CaDirectory,
    pub(crate) ledger: SqliteLedger,
    pub(crate) policies: PolicySet,
}

impl<'a> Office<'a> {
    pub(crate) fn open(context: &'a Context) -> Result<Self, CommandError> {
        let directory = context.directory()?;
        let ledger = context.ledger(&directory)?;
        let policies = context.policies(&directory)?;
        Ok(Self {
            context,
            directory,
            ledger,
            policies,
        })
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk::new(&self.ledger, self.context.audit(), self.context.now())
    }

    pub(crate) fn profile(&self, class: Class) -> Result<&Profile, CommandError> {
        self.policies.profile(class).ok_or_else(|| {
            CommandError::new(
                ErrorKind::PolicyRefused,
                format!("no policy is for class {class}"),
            )
            .hint("cachet policy list")
        })
    }

    /// Lets `work` judge requests of a class.
    pub(crate) fn judging<T>(
        &self,
        class: Class,
        work: impl FnOnce(&Profile, &AdmitContext<'_>, &CaCertificate) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let profile = self.profile(class)?;
        let issuing = authority::issuing(&self.ledger, class, self.context.now())?;
        let permitted = authority::permitted_domains(&issuing.certificate);
        let admission = AdmitContext {
            now: self.context.now(),
            issuer_not_after: issuing.certificate.not_after(),
            permitted_domains: &permitted,
        };
        work(profile, &admission, &issuing)
    }

    /// Reads a request; one whose time is over expires.
    pub(crate) fn request(&self, id: &str) -> Result<EnrolmentRecord, CommandError> {
        let id: RequestId = id.parse()?;
        Ok(self.desk().request(&id)?)
    }

    /// Keeps others from collecting or ending a request until it is dropped.
    pub(crate) fn lock(&self, id: &RequestId) -> Result<StagingLock, CommandError> {
        let place = self.directory.staging_destination(&format!("request-{id}"))?;
        StagingLock::take(&self.directory, &place).map_err(|error| match error {
            StagingError::Busy { .. } => CommandError::new(
                ErrorKind::Io,
                format!("another command is handing out or ending request {id}"),
            )
            .hint(format!("cachet request show {id} tells what became of it")),
            error => error.into(),
        })
    }

    /// Says what a request that is open lacks.
    pub(crate) fn missing(&self, request: &EnrolmentRecord) -> Result<Vec<Missing>, CommandError> {
        if !request.state.is_open() || request.state == State::Approved {
            return Ok(Vec::new());
        }
        self.judging(request.class, |profile, admission, _| {
            Ok(self.desk().missing(request, profile, admission)?)
        })
    }

    /// Writes the confirmation message of a request into the outbox.
    pub(crate) fn post_code(
        &self,
        submission: &Submission,
        from: Option<&str>,
    ) -> Result<Option<std::path::PathBuf>, CommandError> {
        let (Some(code), Some(record)) = (&submission.code, &submission.request.challenge) else {
            return Ok(None);
        };
        let home = Home {
            directory: &self.directory,
            ledger: &self.ledger,
            policies: &self.policies,
        };
        let signer = mail_identity::open(self.context, home, from)?;
        let cas = authority::of_ledger(&self.ledger)?;
        let root = authority::root(&cas)?;
        let challenge = ca_core::enrolment::Challenge {
            request: &submission.request,
            code,
            expires_at: record.expires_at,
            authority: &root.record.name,
            place: None,
        };
        let message = ca_core::enrolment::challenge_message(&challenge, &signer, self.context.now())?;
        let name = format!("request-{}", submission.request.id);
        Ok(Some(self.directory.post(&name, &message)?))
    }
}

/// Who acts as the officer: as named, else whoever runs the command.
pub(crate) fn officer(context: &Context, named: Option<&str>) -> Result<String, CommandError> {
    let name = named.map_or_else(|| context.audit().actor, |name| name.trim().to_owned());
    line("--officer", &name, 64).map_err(|error| {
        error.hint("--officer names somebody in 1 to 64 characters on one line, as others see them")
    })
}

/// Takes a text that goes on record as one line.
pub(crate) fn line(what: &str, text: &str, longest: usize) -> Result<String, CommandError> {
    text::line(text, longest)
        .map(str::to_owned)
        .map_err(|error| CommandError::bad_input(format!("{what} cannot go on record: {error}")))
}

/// The longest reason or statement, in characters.
pub(crate) const LONGEST_LINE: usize = 1000;
