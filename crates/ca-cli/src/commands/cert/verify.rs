use std::path::PathBuf;

use identity::Mailbox;
use serde::Serialize;
use smime::path::{PathOptions, Purpose, StatusSource, build_and_validate};
use smime::report::Verdict;

use crate::anchors::Anchors;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::explain::explain;
use crate::output::findings::{self, FindingView};
use crate::output::{json, table};
use crate::path_args::PathArgs;

/// Tell whether a certificate's chain to a trusted root holds
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet cert verify alice@example.com.crt --trust root.pem --untrusted alice@example.com.chain.pem"
)]
pub(crate) struct CertVerifyArgs {
    /// The certificate's file; further certificates in it may help to build the chain
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    #[command(flatten)]
    path: PathArgs,
    /// What the certificate is to be used for
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<PurposeFlag>,
    /// The address that the certificate must hold
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PurposeFlag {
    /// Signing mail
    SmimeSign,
    /// Encrypting mail
    SmimeEncrypt,
    /// Anything
    Any,
}

#[derive(Serialize)]
struct Report {
    verdict: &'static str,
    status: &'static str,
    chain: Vec<String>,
    findings: Vec<FindingView>,
}

pub(super) fn run(context: &Context, args: &CertVerifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let email = args
        .email
        .as_deref()
        .map(Mailbox::parse)
        .transpose()
        .map_err(CommandError::usage)?;
    let mut found = context.certificates(&args.certificate)?.into_iter();
    let leaf = found.next().ok_or_else(|| {
        CommandError::bad_input(format!("{} holds no certificate", args.certificate.display()))
    })?;
    let anchors = Anchors::from_flags_or_profile(context, &args.path.trust)?;
    let mut untrusted: Vec<_> = found.collect();
    untrusted.extend(args.path.untrusted(context)?);
    untrusted.extend(anchors.intermediates);
    let crls = args.path.crls(context)?;
    let ocsp = args.path.ocsp_answers(context)?;
    let network = args.path.network();
    let mut options = PathOptions::new(context.now());
    options.purpose = match args.purpose {
        None => Purpose::SmimeAny,
        Some(PurposeFlag::SmimeSign) => Purpose::SmimeSign,
        Some(PurposeFlag::SmimeEncrypt) => Purpose::SmimeEncrypt,
        Some(PurposeFlag::Any) => Purpose::Any,
    };
    options.email = email.as_ref();
    options.legacy = args.path.legacy;
    options.crls = &crls;
    options.ocsp = &ocsp;
    options.status = network.as_ref().map(|network| network as &dyn StatusSource);
    options.revocation = args.path.revocation.into();
    options.policies = &args.path.policy;
    options.explicit_policy = args.path.explicit_policy;
    options.inhibit_policy_mapping = args.path.inhibit_policy_mapping;
    options.inhibit_any_policy = args.path.inhibit_any_policy;
    options.strict = args.path.strict;
    let judged = build_and_validate(&leaf, &anchors.roots, &untrusted, &options);
    let report = Report {
        verdict: judged.verdict.as_str(),
        status: judged.status.as_str(),
        chain: judged
            .chain
            .iter()
            .map(|certificate| certificate.subject().to_string())
            .collect(),
        findings: judged.findings.iter().map(FindingView::new).collect(),
    };
    if context.is_json() {
        context.ui.result(&json::document(&report))?;
    } else {
        let facts = table::facts([
            ("Verdict", report.verdict.to_owned()),
            ("Status", report.status.to_owned()),
            (
                "What to do",
                explain(judged.status)
                    .filter(|_| judged.verdict != Verdict::Valid)
                    .map(|explanation| explanation.remedy.to_owned())
                    .unwrap_or_default(),
            ),
            ("Chain", report.chain.join("\n")),
        ]);
        context
            .ui
            .result(&format!("{facts}{}", findings::table(&report.findings)))?;
    }
    if anchors.roots.is_empty() {
        context
            .ui
            .note("no root is trusted: name one with --trust FILE, or keep one with: cachet trust add FILE");
    }
    Ok(Outcome::from_verdict(judged.verdict == Verdict::Valid))
}
