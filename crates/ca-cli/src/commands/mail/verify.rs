use std::path::PathBuf;

use ca_store::atomic::Mode;
use serde::Serialize;
use smime::report::{SignerReport, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify};

use crate::anchors::Anchors;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::files::Temporary;
use crate::output::findings::{self, FindingView};
use crate::output::protected::ProtectedHeadersView;
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
    path: PathArgs,
    /// Leave out the question whether the From address is the signer's
    #[arg(long)]
    any_sender: bool,
    /// Where to write the signed content, if the verdict is valid
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

#[derive(Serialize)]
struct ReportView {
    verdict: &'static str,
    signers: Vec<SignerView>,
    findings: Vec<FindingView>,
    encrypted: bool,
    from_matches: Option<bool>,
    protected_headers: Option<ProtectedHeadersView>,
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
    chain: Vec<String>,
}

pub(super) fn run(context: &Context, args: &MailVerifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let to_stdout = args.content.as_ref().is_some_and(|path| path.as_os_str() == "-");
    if to_stdout && context.is_json() {
        return Err(
            CommandError::usage("--content - and --format json both want standard output")
                .hint("name a file with --content FILE"),
        );
    }
    context.precheck(args.content.as_deref())?;
    let anchors = Anchors::from_flags_or_profile(context, &args.path.trust)?;
    let mut untrusted = args.path.untrusted(context)?;
    untrusted.extend(anchors.intermediates);
    let crls = args.path.crls(context)?;
    let mut options = VerifyOptions::new(context.now());
    options.anchors = &anchors.roots;
    options.untrusted = &untrusted;
    options.crls = &crls;
    options.revocation = args.path.revocation.into();
    options.any_sender = args.any_sender;
    options.legacy = args.path.legacy;
    options.policies = &args.path.policy;
    options.explicit_policy = args.path.explicit_policy;
    options.inhibit_policy_mapping = args.path.inhibit_policy_mapping;
    options.inhibit_any_policy = args.path.inhibit_any_policy;
    options.classes.extend(anchors.classes);
    let input = context.open_message(args.input.as_deref())?;
    let name = input.name.clone();
    let held = verify(input, &options, Temporary::new()?)
        .map_err(|error| CommandError::from(error).context(name))?;
    let verdict = held.report().verdict;
    let view = ReportView::new(held.report());
    let text = if context.is_json() {
        json::document(&view)
    } else {
        view.table(held.report())
    };
    if to_stdout {
        context.ui.progress(text.trim_end());
    } else {
        context.ui.result(&text)?;
    }
    if let Some(content) = &args.content {
        match held.into_content() {
            Ok(mut reader) => context.deliver_stream(&mut reader, Some(content), Mode::Public)?,
            Err(_) => context
                .ui
                .note("the content was not written: it is released only with the verdict valid"),
        }
    }
    if anchors.roots.is_empty() && verdict == Verdict::Indeterminate {
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
    Ok(Outcome::from_verdict(verdict == Verdict::Valid))
}

impl ReportView {
    fn new(report: &VerifyReport) -> Self {
        Self {
            verdict: report.verdict.as_str(),
            signers: report.signers.iter().map(SignerView::new).collect(),
            findings: report.findings.iter().map(FindingView::new).collect(),
            encrypted: report.encrypted,
            from_matches: report.from_matches,
            protected_headers: report.protected_headers.as_ref().map(ProtectedHeadersView::new),
        }
    }

    fn table(&self, report: &VerifyReport) -> String {
        let from = match self.from_matches {
            Some(true) => "the signer's".to_owned(),
            Some(false) => "not the signer's".to_owned(),
            None => "not compared".to_owned(),
        };
        let mut facts = vec![
            ("Verdict", self.verdict.to_owned()),
            (
                "From",
                if report.from.is_empty() {
                    from
                } else {
                    format!("{} ({from})", report.from.join(", "))
                },
            ),
        ];
        if self.encrypted {
            facts.push(("Encrypted", "yes: decrypt it first, then verify".to_owned()));
        }
        if let Some(headers) = &self.protected_headers {
            facts.push(("Protected", headers.lines()));
        }
        for signer in &self.signers {
            facts.push(("Signer", signer.subject.clone()));
            facts.push(("  Status", signer.status.to_owned()));
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
        }
        format!("{}{}", table::facts(facts), findings::table(&self.findings))
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
            chain: signer.chain.clone(),
        }
    }
}
