use std::path::PathBuf;

use ca_core::authority::{Answer, AnswerError, CaSigner, CertificateAuthority, authority_id};
use ca_core::ledger::{AuthorityKind, AuthorityRecord};
use identity::{Certificate, CertificateRequest};

use super::add::{publish_first, show_added};
use crate::authority::ELSEWHERE;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::grouped;
use crate::succession::{Additions, House};

/// Take the certificates that another CA made for our requests (init --csr, ca add --csr)
///
/// The files hold our certificate and all those above it, up to the root: PEM, DER or p7b. Key, basicConstraints, key usage,
/// purposes, path lengths, validity and signatures are checked; whether the root is the right one is yours to tell, by its
/// fingerprint.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet ca import class-1.crt school-root.crt")]
pub(crate) struct CaImportArgs {
    /// Our certificates, and those above them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(context: &Context, args: &CaImportArgs) -> Result<Outcome, CommandError> {
    let house = House::open(context)?;
    let mut given: Vec<Certificate> = Vec::new();
    for file in &args.files {
        given.extend(context.certificates(file)?);
    }
    given.extend(house.authorities.iter().map(|ca| ca.certificate.clone()));
    let requests = house.directory.requests()?;
    if requests.is_empty() {
        return Err(
            CommandError::new(ErrorKind::NotFound, "no request waits for an answer")
                .hint("cachet init --csr or cachet ca add --csr writes one"),
        );
    }
    let mut answers = Vec::new();
    for (id, bytes) in &requests {
        let request = CertificateRequest::from_pem_or_der(bytes).map_err(CommandError::bad_input)?;
        match Answer::read(request.public_key(), &given, context.now()) {
            Ok(answer) => answers.push((id, request, answer)),
            // It may be answered later.
            Err(AnswerError::Key) => {}
            Err(error @ AnswerError::Unlinked { .. }) => {
                return Err(CommandError::bad_input(error)
                    .hint("name the files of all CAs above in the same command, up to the root")
                    .hint("cachet ca import OURS.crt ... ROOT.crt"));
            }
            Err(error) => {
                return Err(
                    CommandError::bad_input(error).hint("ask the CA that signed for another certificate")
                );
            }
        }
    }
    if answers.is_empty() {
        let waiting: Vec<&str> = requests.iter().map(|(id, _)| id.as_str()).collect();
        return Err(CommandError::bad_input(format!(
            "no certificate in the files is for a key of ours; requests wait for: {}",
            waiting.join(", ")
        )));
    }
    let passphrase = context.passphrase(&house.directory)?;
    let mut additions = Additions::default();
    for (id, request, answer) in &answers {
        for note in &answer.notes {
            context.ui.note(note);
        }
        let ours = authority_id(&answer.certificate);
        // Whether the passphrase opens the key is found out before anything is recorded.
        let key = house.directory.key(id, &passphrase)?;
        let base_url = house.origin_base_url();
        let made = CertificateAuthority::new(
            answer.certificate.clone(),
            answer.chain.clone(),
            CaSigner::new(key)?,
            base_url,
        )?;
        let above: Vec<String> = answer.chain.iter().map(authority_id).collect();
        for (index, certificate) in answer.chain.iter().enumerate() {
            add_external(
                context,
                &house,
                certificate,
                above.get(index + 1).cloned(),
                &mut additions,
            )?;
        }
        house.directory.adopt_key(id, &ours)?;
        house.directory.save_certificate(&ours, &answer.certificate)?;
        let name = request.subject().common_name().unwrap_or_default().to_owned();
        let classes = house.classes_of(&name);
        let record = AuthorityRecord {
            name,
            ..made.to_record(
                AuthorityKind::Issuing,
                classes,
                format!("keys/{ours}.key"),
                &context.audit(),
                context.now(),
            )
        };
        additions.authority(&house, record);
    }
    house.record(&additions)?;
    for (id, ..) in &answers {
        house.directory.remove_request(id)?;
    }
    publish_first(context, &house, &additions);
    show_added(context, &additions, "imported")?;
    Ok(Outcome::Done)
}

/// Records a CA above ours, whose key is not here, once.
fn add_external(
    context: &Context,
    house: &House,
    certificate: &Certificate,
    issuer: Option<String>,
    additions: &mut Additions,
) -> Result<(), CommandError> {
    let id = authority_id(certificate);
    let known = house.authorities.iter().any(|ca| ca.record.id == id)
        || additions.authorities.iter().any(|record| record.id == id);
    if known {
        return Ok(());
    }
    let audit = context.audit();
    let kind = match issuer {
        Some(_) => AuthorityKind::Issuing,
        None => AuthorityKind::Root,
    };
    if kind == AuthorityKind::Root {
        context.ui.progress(&format!(
            "{}\n  SHA-256 fingerprint: {}",
            certificate.subject(),
            grouped(&certificate.fingerprint_sha256())
        ));
    }
    house.directory.save_certificate(&id, certificate)?;
    additions.authority(
        house,
        AuthorityRecord {
            id,
            name: certificate.subject().common_name().unwrap_or_default().to_owned(),
            kind,
            issuer,
            classes: Vec::new(),
            certificate: certificate.der().to_vec(),
            key_location: ELSEWHERE.to_owned(),
            base_url: None,
            retired_at: None,
            created_at: audit.real_time,
            acted_at: context.now(),
        },
    );
    Ok(())
}
