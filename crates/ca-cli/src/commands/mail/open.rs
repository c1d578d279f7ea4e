use std::cell::RefCell;
use std::io;
use std::path::PathBuf;

use ca_store::atomic::Mode;
use serde::Serialize;
use smime::report::Verdict;
use smime::{Layer, OpenOptions, OpenReport};

use super::verify::{self, JudgeArgs, Material, ReportView};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::identities::{OpenerArgs, Openers};
use crate::output::{json, table};

/// Decrypt and verify a message layer by layer, as a mail program would
///
/// Whatever the order (signed then encrypted, encrypted then signed, compressed, wrapped three
/// times), every layer is taken off and one verdict given over all of them. Exit code 0 means that
/// every signature is valid, or that there is none and everything could be decrypted; any other
/// verdict exits with 4, a message that cannot be opened with 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet mail open --identity bob@example.org.p12 --identity-password-file bob@example.org.p12.password --trust root.pem --content text.txt message.eml"
)]
pub(crate) struct MailOpenArgs {
    #[command(flatten)]
    openers: OpenerArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    /// Where to write the innermost content, if the exit code is 0
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

#[derive(Serialize)]
struct OpenView {
    #[serde(flatten)]
    report: ReportView,
    layers: Vec<LayerView>,
}

#[derive(Serialize)]
struct LayerView {
    kind: &'static str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signers: Option<Vec<usize>>,
}

pub(super) fn run(context: &Context, args: &MailOpenArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let to_stdout = verify::content_to_stdout(context, args.content.as_deref())?;
    context.precheck(args.content.as_deref())?;
    let material = Material::load(context, &args.judge)?;
    let mut options = OpenOptions::new(material.options(context, &args.judge));
    options.decrypt.legacy = args.judge.legacy();
    options.decrypt.limits = options.limits;
    let input = context.open_message(args.input.as_deref())?;
    let mut openers = args.openers.load(context, args.judge.legacy())?;
    openers.equip(&mut options.decrypt);
    let name = input.name.clone();
    let refused = RefCell::new(None);
    let spool = || {
        context
            .hold(args.content.as_deref(), Mode::Secret)
            .map_err(|error| {
                refused.replace(Some(error));
                io::Error::other("no temporary file")
            })
    };
    let held = match (
        smime::open(input, &openers.identities, &options, spool),
        refused.take(),
    ) {
        (_, Some(error)) => return Err(error),
        (opened, None) => opened.map_err(|error| CommandError::from(error).context(name))?,
    };
    let released = held.is_releasable();
    let mut view = OpenView::new(held.report(), &openers);
    view.report.learned = args.judge.learn(context, &held.report().verification)?;
    let text = if context.is_json() {
        json::document(&view)
    } else {
        view.table(held.report(), &openers)
    };
    if to_stdout {
        context.ui.progress(text.trim_end());
    } else {
        context.ui.result(&text)?;
    }
    let verdict = held.report().verdict();
    if let Some(content) = &args.content {
        match held.into_content() {
            Ok(reader) => context.deliver_held(reader, Some(content), Mode::Secret)?,
            Err(_) => context
                .ui
                .note("the content was not written: it is released only with exit code 0"),
        }
    }
    material.advise(context, verdict, &view.report);
    Ok(Outcome::from_verdict(released))
}

impl OpenView {
    fn new(report: &OpenReport, openers: &Openers) -> Self {
        let mut view = ReportView::new(&report.verification);
        for (index, layer) in report.layers.iter().enumerate() {
            view.name_layer(index, &layer.signers);
        }
        Self {
            report: view,
            layers: report
                .layers
                .iter()
                .map(|layer| LayerView::new(layer, openers))
                .collect(),
        }
    }

    fn table(&self, report: &OpenReport, openers: &Openers) -> String {
        let rows = report.layers.iter().enumerate().map(|(index, layer)| {
            [
                (index + 1).to_string(),
                layer.kind.to_string(),
                self.what(layer, openers),
            ]
        });
        let layers = table::list(["LAYER", "KIND", "WHAT"], rows);
        let encrypted = "yes".to_owned();
        format!("{}\n{layers}", self.report.table(&report.verification, encrypted))
    }

    /// What is to be known of a layer, in a few words.
    fn what(&self, layer: &Layer, openers: &Openers) -> String {
        let mut words = Vec::new();
        if let Some(verdict) = layer.verdict {
            let signers = layer
                .signers
                .iter()
                .filter_map(|index| self.report.signer(*index));
            let signers: Vec<_> = signers.collect();
            words.push(if signers.is_empty() {
                "by nobody".to_owned()
            } else {
                format!("by {}: {}", signers.join("; "), verdict.as_str())
            });
        }
        if let Some(cipher) = layer.cipher {
            words.push(format!("with {cipher}"));
            words.extend(opener(layer, openers).map(|subject| format!("opened by {subject}")));
        }
        words.push(format!("{} octets", layer.size));
        words.join(", ")
    }
}

impl LayerView {
    fn new(layer: &Layer, openers: &Openers) -> Self {
        Self {
            kind: layer.kind.as_str(),
            size: layer.size,
            cipher: layer.cipher.map(|cipher| cipher.to_string()),
            identity: opener(layer, openers),
            recipients: layer.recipients.clone(),
            verdict: layer.verdict.map(Verdict::as_str),
            signers: layer.verdict.map(|_| layer.signers.clone()),
        }
    }
}

/// What opened an encrypted layer.
fn opener(layer: &Layer, openers: &Openers) -> Option<String> {
    layer.opened_by.as_ref().map(|opened_by| openers.name(opened_by))
}
