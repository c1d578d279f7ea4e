use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use ca_store::atomic::Mode;
use ca_web::NetworkStatus;
use identity::{Certificate, CertificateList};
use serde::Serialize;
use smime::path::{OcspAnswer, StatusSource};
use smime::report::{PartReport, SignerReport, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify, verify_detached};
use smime::{Held, HeldError};

use crate::address_book::{self, Learned};
use crate::anchors::Anchors;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::files::{self, HeldReader, Unkept};
use crate::output::findings::{self, FindingView};
use crate::output::protected::ProtectedHeadersView;
use crate::output::verdict::{self, AnswersView};
use crate::output::{json, rfc3339, table};
use crate::path_args::PathArgs;

/// Tell whether a signed message may be relied upon
///
/// The verdict is valid only if every question is answered well: the content is what was signed, the
/// signer's certificate leads to a trusted root and serves mail, it is valid now, and the sender's
/// address is the signer's. Exit code 0 means valid; any other verdict exits with 4.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet mail verify --trust root.pem --content text.txt message.eml")]
pub(crate) struct MailVerifyArgs {
    #[command(flatten)]
    judge: JudgeArgs,
    /// A signature that stands alone (.p7s), over IN as it is: no message, and nobody it claims to be from
    #[arg(long, value_name = "SIGNATURE")]
    detached: Option<PathBuf>,
    /// Where to write the signed content, if the verdict is valid
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

/// Flags that say how signatures are judged.
#[derive(Debug, clap::Args)]
pub(super) struct JudgeArgs {
    #[command(flatten)]
    path: PathArgs,
    /// Leave out the question whether the From address is the signer's
    #[arg(long)]
    any_sender: bool,
    /// Keep the signer's certificate among the contacts, if the verdict is valid, to encrypt answers to
    #[arg(long)]
    learn: bool,
    /// With --learn: let it take the place of a certificate of another issuer
    #[arg(long, requires = "learn")]
    replace: bool,
}

impl JudgeArgs {
    /// Learns from a message that was judged, if that was asked for.
    pub(super) fn learn(
        &self,
        context: &Context,
        report: &VerifyReport,
    ) -> Result<Option<Vec<Learned>>, CommandError> {
        self.learn
            .then(|| address_book::learn(context, report, self.replace))
            .transpose()
    }

    pub(super) fn legacy(&self) -> bool {
        self.path.legacy
    }
}

/// What signatures are judged with.
pub(super) struct Material {
    anchors: Anchors,
    untrusted: Vec<Certificate>,
    crls: Vec<CertificateList>,
    ocsp: Vec<OcspAnswer>,
    network: Option<NetworkStatus>,
}

#[derive(Serialize)]
pub(super) struct ReportView {
    verdict: &'static str,
    signers: Vec<SignerView>,
    parts: Vec<PartView>,
    findings: Vec<FindingView>,
    encrypted: bool,
    from_matches: Option<bool>,
    /// What became of each address, with `--learn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) learned: Option<Vec<Learned>>,
    protected_headers: Option<ProtectedHeadersView>,
}

#[derive(Serialize)]
struct PartView {
    verdict: &'static str,
    content_type: Option<String>,
    signers: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<usize>,
}

#[derive(Serialize)]
struct SignerView {
    subject: String,
    emails: Vec<String>,
    serial: String,
    issuer: String,
    class: Option<u8>,
    signing_time: Option<String>,
    digest: Option<String>,
    signature: String,
    status: &'static str,
    verdict: &'static str,
    answers: AnswersView,
    chain: Vec<String>,
    /// Who signed this signature, each judged alone.
    countersignatures: Vec<SignerView>,
    /// Of a message in several layers, the one that this signer signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<usize>,
}

pub(super) fn run(context: &Context, args: &MailVerifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let to_stdout = content_to_stdout(context, args.content.as_deref())?;
    context.precheck(args.content.as_deref())?;
    let material = Material::load(context, &args.judge)?;
    let options = material.options(context, &args.judge);
    let (report, content) = judge(context, args, &options)?;
    let judgement = report.verdict;
    let mut view = ReportView::new(&report);
    view.learned = args.judge.learn(context, &report)?;
    let text = if context.is_json() {
        json::document(&view)
    } else {
        let encrypted = "yes: decrypt it first, then verify";
        view.table(&report, encrypted.to_owned())
    };
    if to_stdout {
        context.ui.progress(text.trim_end());
    } else {
        context.ui.result(&text)?;
    }
    match (&args.content, content) {
        (Some(path), Some(content)) => context.deliver_held(content, Some(path), Mode::Public)?,
        (Some(_), None) => context
            .ui
            .note("the content was not written: it is released only with the verdict valid"),
        (None, _) => {}
    }
    material.advise(context, judgement, &view);
    Ok(Outcome::from_verdict(judgement == Verdict::Valid))
}

/// Verifies the message; the content comes with the report if it is wanted and valid.
fn judge(
    context: &Context,
    args: &MailVerifyArgs,
    options: &VerifyOptions<'_>,
) -> Result<(VerifyReport, Option<HeldReader>), CommandError> {
    if let Some(signature) = &args.detached {
        return judge_detached(context, args, signature, options);
    }
    let mut input = context.open_message(args.input.as_deref())?;
    let name = input.name.clone();
    let failed = |error| CommandError::from(error).context(&name);
    if args.content.is_none() && input.is_regular_file() {
        let again = AtomicBool::new(false);
        let held = verify(&mut input, options, Unkept::new(&again)).map_err(failed)?;
        if !again.load(Ordering::Relaxed) {
            return Ok((held.into_report(), None));
        }
        input = context.open_message(args.input.as_deref())?;
    }
    let spool = context.hold(args.content.as_deref(), Mode::Public)?;
    release(verify(input, options, spool).map_err(failed)?)
}

/// Verifies a signature that stands alone over IN.
fn judge_detached(
    context: &Context,
    args: &MailVerifyArgs,
    signature: &Path,
    options: &VerifyOptions<'_>,
) -> Result<(VerifyReport, Option<HeldReader>), CommandError> {
    if args.input.is_none() && signature.as_os_str() == "-" {
        return Err(
            CommandError::usage("--detached - and IN both want standard input")
                .hint("name the file that was signed"),
        );
    }
    let open = || {
        // (A file that was signed may be empty.)
        let input = context.open_input(args.input.as_deref());
        Ok::<_, CommandError>((context.open_message(Some(signature))?, input?))
    };
    let (mut signed, mut input) = open()?;
    let name = signed.name.clone();
    let failed = |error| CommandError::from(error).context(&name);
    if args.content.is_none() && signed.is_regular_file() && input.is_regular_file() {
        let again = AtomicBool::new(false);
        let held = verify_detached(&mut signed, &mut input, options, Unkept::new(&again)).map_err(failed)?;
        if !again.load(Ordering::Relaxed) {
            return Ok((held.into_report(), None));
        }
        (signed, input) = open()?;
    }
    let spool = context.hold(args.content.as_deref(), Mode::Public)?;
    release(verify_detached(signed, input, options, spool).map_err(failed)?)
}

/// The report, and the content if the verdict allows.
fn release(
    held: Held<VerifyReport, files::Held>,
) -> Result<(VerifyReport, Option<HeldReader>), CommandError> {
    let report = held.report().clone();
    match held.into_content() {
        Ok(content) => Ok((report, Some(content))),
        Err(HeldError::Io(error)) => Err(CommandError::io("cannot read the content again", &error)),
        Err(_) => Ok((report, None)),
    }
}

/// Tells whether the content goes to standard output, and refuses it where the JSON document does too.
pub(super) fn content_to_stdout(context: &Context, content: Option<&Path>) -> Result<bool, CommandError> {
    let to_stdout = content.is_some_and(|path| path.as_os_str() == "-");
    if to_stdout && context.is_json() {
        return Err(
            CommandError::usage("--content - and --format json both want standard output")
                .hint("name a file with --content FILE"),
        );
    }
    Ok(to_stdout)
}

impl Material {
    /// Reads what the flags name.
    pub(super) fn load(context: &Context, args: &JudgeArgs) -> Result<Self, CommandError> {
        let mut anchors = Anchors::from_flags_or_profile(context, &args.path.trust)?;
        let mut untrusted = args.path.untrusted(context)?;
        untrusted.append(&mut anchors.intermediates);
        // Behind all others: they help where a message leaves out its signer's certificate.
        untrusted.extend(address_book::certificates(context));
        Ok(Self {
            untrusted,
            crls: args.path.crls(context)?,
            ocsp: args.path.ocsp_answers(context)?,
            network: args.path.network(),
            anchors,
        })
    }

    /// The options that the flags ask for.
    pub(super) fn options<'a>(&'a self, context: &Context, args: &'a JudgeArgs) -> VerifyOptions<'a> {
        let mut options = VerifyOptions::new(context.now());
        options.limits = super::message_limits();
        options.anchors = &self.anchors.roots;
        options.untrusted = &self.untrusted;
        options.crls = &self.crls;
        options.ocsp = &self.ocsp;
        options.status = self.network.as_ref().map(|network| network as &dyn StatusSource);
        options.any_sender = args.any_sender;
        args.path.apply(&mut options);
        options.classes.extend(self.anchors.classes.iter().cloned());
        options
    }

    /// Says what helps where nobody is trusted who could vouch for the signer.
    pub(super) fn advise(&self, context: &Context, verdict: Verdict, view: &ReportView) {
        if self.anchors.roots.is_empty() && verdict == Verdict::Indeterminate {
            context.ui.note(
                "no root is trusted yet: get the CA's root and its fingerprint, then: cachet trust add root.pem (or name it with --trust FILE)",
            );
        } else if view
            .signers
            .iter()
            .any(|signer| signer.status == "unknown-issuer")
        {
            context.ui.note("the signer's CA is not trusted: once its fingerprint is confirmed, import its root with: cachet trust add root.pem");
        }
    }
}

impl ReportView {
    pub(super) fn new(report: &VerifyReport) -> Self {
        Self {
            verdict: report.verdict.as_str(),
            signers: report.signers.iter().map(SignerView::new).collect(),
            parts: report.parts.iter().map(PartView::new).collect(),
            findings: report.findings.iter().map(FindingView::new).collect(),
            encrypted: report.encrypted,
            from_matches: report.from_matches,
            learned: None,
            protected_headers: report.protected_headers.as_ref().map(ProtectedHeadersView::new),
        }
    }

    /// Notes which layer some signers signed.
    pub(super) fn name_layer(&mut self, layer: usize, signers: &[usize]) {
        for signer in signers {
            if let Some(signer) = self.signers.get_mut(*signer) {
                signer.layer = Some(layer);
            }
        }
    }

    /// The subject of a signer.
    pub(super) fn signer(&self, index: usize) -> Option<String> {
        self.signers.get(index).map(|signer| signer.subject.clone())
    }

    /// `encrypted` is what to say of a message that is encrypted.
    pub(super) fn table(&self, report: &VerifyReport, encrypted: String) -> String {
        let from = match self.from_matches {
            Some(true) => "the signer's".to_owned(),
            Some(false) => "not the signer's".to_owned(),
            None => "not compared".to_owned(),
        };
        let mut facts = verdict::facts(report);
        facts.push((
            "From",
            if report.from.is_empty() {
                from
            } else {
                format!("{} ({from})", report.from.join(", "))
            },
        ));
        if self.encrypted {
            facts.push(("Encrypted", encrypted));
        }
        if let Some(headers) = &self.protected_headers {
            facts.push(("Protected", headers.lines()));
        }
        for (signer, judged) in self.signers.iter().zip(&report.signers) {
            facts.push(("Signer", signer.subject.clone()));
            facts.push(("  Status", signer.status.to_owned()));
            facts.push(("  Answers", verdict::lines(&judged.answers)));
            facts.push(("  Addresses", signer.emails.join("\n")));
            facts.push((
                "  Class",
                signer.class.map(|class| class.to_string()).unwrap_or_default(),
            ));
            facts.push((
                "  Signed at",
                signer
                    .signing_time
                    .as_ref()
                    .map(|time| format!("{time} (by the signer's clock)"))
                    .unwrap_or_default(),
            ));
            facts.push(("  Signature", signer.signature.clone()));
            facts.push(("  Serial", signer.serial.clone()));
            facts.push(("  Chain", signer.chain.join("\n")));
            let countersigners: Vec<_> = signer.countersignatures.iter().map(|one| one.line(0)).collect();
            if !countersigners.is_empty() {
                facts.push(("  Countersigned", countersigners.join("\n")));
            }
        }
        format!("{}{}", table::facts(facts), findings::table(&self.findings))
    }
}

impl PartView {
    fn new(part: &PartReport) -> Self {
        Self {
            verdict: part.verdict.as_str(),
            content_type: part.content_type.clone(),
            signers: part.signers.clone(),
            layer: part.layer,
        }
    }
}

impl SignerView {
    fn new(signer: &SignerReport) -> Self {
        Self {
            subject: signer.subject.clone(),
            emails: signer.emails.clone(),
            serial: signer.serial.clone(),
            issuer: signer.issuer.clone(),
            class: signer.class,
            signing_time: signer.signing_time.map(rfc3339),
            digest: signer.digest.map(|digest| digest.to_string()),
            signature: signer.signature.clone(),
            status: signer.status.as_str(),
            verdict: signer.verdict.as_str(),
            answers: verdict::answers(&signer.answers),
            chain: signer.chain.clone(),
            countersignatures: signer.countersignatures.iter().map(Self::new).collect(),
            layer: None,
        }
    }

    /// A countersigner in a line, with those who countersigned in turn below.
    fn line(&self, depth: usize) -> String {
        let time = self.signing_time.as_ref().map(|time| format!(", {time}"));
        let mut lines = format!(
            "{}{}: {}{}",
            "  ".repeat(depth),
            self.subject,
            self.status,
            time.unwrap_or_default()
        );
        for above in &self.countersignatures {
            lines.push('\n');
            lines.push_str(&above.line(depth + 1));
        }
        lines
    }
}
