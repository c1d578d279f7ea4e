use std::collections::BTreeMap;
use std::path::PathBuf;

use ca_core::enrolment::{EnrolmentRecord, KeptDocument, Match, PersonQuery, RecordedEvidence, match_person};
use ca_core::evidence::EvidenceKind;
use ca_core::ledger::Ledger;
use chrono::{NaiveDate, TimeDelta};
use identity::digest;
use smime::{EncryptOptions, encrypt};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::enrolment::{LONGEST_LINE, Office, line, officer};
use crate::error::{CommandError, ErrorKind, Outcome};

/// Record what was checked about the holder of a request
///
/// --database looks for the holder on the lists that `request people` imported; the CA makes this check itself. The others
/// are an officer's: --document keeps a copy, encrypted to the officers that the policy names, until its time is over.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet request evidence h7k2m9xq4t --database\n  cachet request evidence h7k2m9xq4t --document passport.jpg --document-type passport\n  cachet request evidence h7k2m9xq4t --in-person --date 2026-09-01 --place Lyon --document-type passport --last-digits 417 --document-expires 2031-04-30"
)]
#[command(group = clap::ArgGroup::new("kind").required(true).multiple(false))]
pub(crate) struct RequestEvidenceArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// Look for the holder on the imported lists of people
    #[arg(long, group = "kind")]
    database: bool,
    /// Of several rows that match, the one that is meant
    #[arg(long, value_name = "N", requires = "database")]
    row: Option<u64>,
    /// A copy of an identity document, which is kept encrypted
    #[arg(long, value_name = "FILE", group = "kind")]
    document: Option<PathBuf>,
    /// The organization was checked: how
    #[arg(long, value_name = "TEXT", group = "kind")]
    organization: Option<String>,
    /// The holder was seen in person, with an identity document
    #[arg(long, group = "kind", requires_all = ["date", "place", "document_type", "last_digits", "document_expires"])]
    in_person: bool,
    /// A system vouches for the holder: which, and how
    #[arg(long, value_name = "TEXT", group = "kind")]
    attestation: Option<String>,
    /// The day on which the holder was seen
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<NaiveDate>,
    /// Where the holder was seen
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// The kind of identity document, such as passport
    #[arg(long, value_name = "TEXT")]
    document_type: Option<String>,
    /// The last digits or letters of the document's number, at most 6
    #[arg(long, value_name = "DIGITS")]
    last_digits: Option<String>,
    /// The day on which the document ends
    #[arg(long, value_name = "YYYY-MM-DD")]
    document_expires: Option<NaiveDate>,
    /// Which officer made the check [default: whoever runs the command]
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
}

/// What is to be recorded.
struct Found {
    kind: EvidenceKind,
    text: String,
    details: BTreeMap<String, String>,
    officer: Option<String>,
    document: Option<KeptDocument>,
}

pub(super) fn run(context: &Context, args: &RequestEvidenceArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    // Whenever evidence is handled, what should be gone goes.
    office.desk().tidy()?;
    let request = office.request(&args.id)?;
    let profile = office.profile(request.class)?;
    let found = args.found(&office, &request)?;
    let evidence = RecordedEvidence {
        kind: found.kind,
        text: found.text,
        details: found.details,
        officer: found.officer,
        at: context.audit().real_time,
        since: context.now(),
        reused_from: None,
    };
    let request = office
        .desk()
        .record_evidence(&request.id, &evidence, found.document.as_ref(), profile)?;
    super::report(&office, &request, None, Some("recorded"))
}

impl RequestEvidenceArgs {
    fn found(&self, office: &Office<'_>, request: &EnrolmentRecord) -> Result<Found, CommandError> {
        let officer = officer(office.context, self.officer.as_deref())?;
        let stated = |kind, text: &str| {
            let text = line(&format!("the {kind} evidence"), text, LONGEST_LINE)
                .map_err(|error| error.hint("say what was checked, and how, on one line"))?;
            Ok(Found {
                kind,
                text,
                details: BTreeMap::new(),
                officer: Some(officer.clone()),
                document: None,
            })
        };
        if self.database {
            return self.in_database(office, request);
        }
        if let Some(file) = &self.document {
            return self.with_copy(office, request, file, &officer);
        }
        if self.in_person {
            return self.seen(office.context, &officer);
        }
        match (&self.organization, &self.attestation) {
            (Some(text), _) => {
                if request.organization.is_none() {
                    return Err(CommandError::bad_input(format!(
                        "request {} names no organization that could be checked",
                        request.id
                    )));
                }
                stated(EvidenceKind::Organization, text)
            }
            (None, Some(text)) => stated(EvidenceKind::Attestation, text),
            (None, None) => Err(CommandError::usage("say which kind of evidence it is")),
        }
    }

    /// The CA's own check.
    fn in_database(&self, office: &Office<'_>, request: &EnrolmentRecord) -> Result<Found, CommandError> {
        let (Some(given), Some(surname)) = (&request.given_name, &request.surname) else {
            return Err(CommandError::bad_input(format!(
                "request {} has no first and last name to look for",
                request.id
            )));
        };
        let middle = request.middle_name.as_deref();
        let query = PersonQuery {
            row: self.row,
            ..PersonQuery::new(given, middle, surname, &request.emails)
        };
        let candidates = office.ledger.people(&query)?;
        let refused = |message: String| CommandError::new(ErrorKind::NotFound, message);
        let name = request.name();
        match match_person(given, middle, surname, &request.emails, &candidates) {
            Match::Found(person, degree) => Ok(Found {
                kind: EvidenceKind::Database,
                text: format!("found on the list {}, row {} ({degree})", person.source, person.row),
                details: [
                    ("degree", degree.to_string()),
                    ("list", person.source.clone()),
                    ("list_sha256", person.sha256.clone()),
                    ("matched_name", person.name.clone()),
                    ("matched_address", person.email.clone().unwrap_or_default()),
                    ("row", person.row.to_string()),
                ]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
                officer: None,
                document: None,
            }),
            Match::Ambiguous(people) => {
                let rows: Vec<_> = people
                    .iter()
                    .map(|person| format!("{} row {}", person.source, person.row))
                    .collect();
                Err(
                    refused(format!("{name} is on the lists several times: {}", rows.join(", ")))
                        .hint("find out who is meant, and say so with --row N"),
                )
            }
            Match::Contradicted(person) => Err(refused(format!(
                "the list {} contradicts the request: row {} has another name or another address",
                person.source, person.row
            ))
            .hint("ask the requester; if the list is wrong, import a corrected one, or check a document instead")),
            _ => Err(refused(format!("{name} is on no imported list of people"))
                .hint("cachet request people FILE.csv imports a list")),
        }
    }

    fn with_copy(
        &self,
        office: &Office<'_>,
        request: &EnrolmentRecord,
        file: &std::path::Path,
        officer: &str,
    ) -> Result<Found, CommandError> {
        let context = office.context;
        let rules = office.profile(request.class)?.enrolment();
        let names = rules.document_officers();
        if names.is_empty() {
            return Err(CommandError::new(
                ErrorKind::PolicyRefused,
                "the policy names no officers to whom copies of documents could be encrypted",
            )
            .hint("put their certificates into DIR/officers/ and name them in the policy: enrolment: document_officers: [officer.crt]")
            .hint("or record the check without a copy, with --attestation or --in-person"));
        }
        let officers = names
            .iter()
            .map(|name| office.directory.officer(name))
            .collect::<Result<Vec<_>, _>>()?;
        let copy = context.read(file, LARGEST_COPY)?;
        if copy.is_empty() {
            return Err(CommandError::bad_input(format!("{} is empty", file.display())));
        }
        let sha256 = hex::encode(digest::sha256(&copy));
        let mut message = Vec::new();
        encrypt(
            attachment(&copy).as_slice(),
            &officers,
            &EncryptOptions::new(context.now()),
            &mut message,
        )?;
        let days = rules.document_days();
        let delete_after = context
            .now()
            .checked_add_signed(TimeDelta::days(days.into()))
            .unwrap_or(context.now());
        let what = self
            .document_type
            .as_deref()
            .map_or("an identity document", str::trim);
        let mut details: BTreeMap<String, String> = [
            ("sha256".to_owned(), sha256.clone()),
            ("delete_after".to_owned(), crate::output::rfc3339(delete_after)),
        ]
        .into();
        details.extend(self.particulars()?);
        Ok(Found {
            kind: EvidenceKind::Document,
            text: format!("a copy of {what} was examined by {officer} (SHA-256 {sha256})"),
            details,
            officer: Some(officer.to_owned()),
            document: Some(KeptDocument {
                request: request.id.clone(),
                sha256,
                message: Some(message),
                kept_at: context.audit().real_time,
                delete_after,
                deleted_at: None,
            }),
        })
    }

    fn seen(&self, context: &Context, officer: &str) -> Result<Found, CommandError> {
        let details = self.particulars()?;
        let today = context.now().date_naive();
        if self.date.is_some_and(|date| date > today) {
            return Err(CommandError::bad_input(format!(
                "--date {} has not come yet",
                self.date.unwrap_or(today)
            )));
        }
        if let (Some(ends), Some(seen)) = (self.document_expires, self.date)
            && ends < seen
        {
            return Err(CommandError::bad_input(format!(
                "the document ended on {ends}, before the holder was seen on {seen}"
            ))
            .hint("see a document that is valid"));
        }
        let part = |name: &str| details.get(name).cloned().unwrap_or_default();
        Ok(Found {
            kind: EvidenceKind::InPerson,
            text: format!(
                "seen by {officer} on {} in {}, with a {} ending in {}, valid until {}",
                part("date"),
                part("place"),
                part("document"),
                part("last_digits"),
                part("document_expires")
            ),
            details,
            officer: Some(officer.to_owned()),
            document: None,
        })
    }

    /// What was said of the document and the meeting.
    fn particulars(&self) -> Result<BTreeMap<String, String>, CommandError> {
        if let Some(digits) = &self.last_digits
            && (digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return Err(CommandError::bad_input(
                "--last-digits takes 1 to 6 digits or letters: the whole number is not to be kept",
            ));
        }
        let date = |date: &Option<NaiveDate>| date.map(|date| date.to_string());
        let all = [
            ("date", date(&self.date)),
            ("document", self.document_type.clone()),
            ("document_expires", date(&self.document_expires)),
            ("last_digits", self.last_digits.clone()),
            ("place", self.place.clone()),
        ];
        let mut given = BTreeMap::new();
        for (name, value) in all {
            let Some(value) = value else { continue };
            let what = format!("the {} of the evidence", name.replace('_', " "));
            given.insert(name.to_owned(), line(&what, &value, 200)?);
        }
        Ok(given)
    }
}

/// The copy as an attachment (RFC 2183) that any mail program saves.
fn attachment(copy: &[u8]) -> Zeroizing<Vec<u8>> {
    use base64::Engine as _;

    let mut message = Zeroizing::new(
        b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
          Content-Disposition: attachment; filename=\"document\"\r\n\r\n"
            .to_vec(),
    );
    let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(copy));
    for line in encoded.as_bytes().chunks(76) {
        message.extend_from_slice(line);
        message.extend_from_slice(b"\r\n");
    }
    message
}

/// Returns the copy in an [`attachment`].
pub(super) fn copy_in(message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    use base64::Engine as _;

    let end = message.windows(4).position(|window| window == b"\r\n\r\n")?;
    let body = message
        .get(end + 4..)?
        .iter()
        .filter(|octet| !octet.is_ascii_whitespace());
    let encoded: Zeroizing<Vec<u8>> = Zeroizing::new(body.copied().collect());
    let copy = base64::engine::general_purpose::STANDARD.decode(encoded.as_slice());
    copy.ok().map(Zeroizing::new)
}

/// Bytes: a scan of some pages.
const LARGEST_COPY: u64 = 20 << 20;
