use ca_core::policy::Profile;
use serde::Serialize;

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// List the policies that are in force
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet policy list")]
pub(crate) struct PolicyListArgs {}

#[derive(Serialize)]
struct Row {
    path: String,
    title: String,
    class: Option<u8>,
    policy_oid: Option<String>,
    issuer: Option<String>,
    default_days: Option<u32>,
    maximum_days: Option<u32>,
    sha256: String,
}

impl Row {
    fn new(profile: &Profile) -> Self {
        Self {
            path: profile.path().to_owned(),
            title: profile.title().to_owned(),
            class: Some(profile.class().number()),
            policy_oid: Some(profile.policy_oid().to_string()),
            issuer: Some(profile.issuer().to_owned()),
            default_days: Some(profile.validity().default_days()),
            maximum_days: Some(profile.validity().maximum_days()),
            sha256: hex::encode(profile.sha256()),
        }
    }
}

pub(super) fn run(context: &Context, _args: &PolicyListArgs) -> Result<Outcome, CommandError> {
    let policies = context.policies(&context.directory()?)?;
    let root = policies.root();
    let mut rows = vec![Row {
        path: root.path().to_owned(),
        title: root.title().to_owned(),
        class: None,
        policy_oid: None,
        issuer: None,
        default_days: None,
        maximum_days: None,
        sha256: hex::encode(root.sha256()),
    }];
    rows.extend(policies.profiles().iter().map(Row::new));
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let class = |value: Option<u8>| value.map(|value| value.to_string()).unwrap_or_default();
    let text = match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            [
                "path",
                "title",
                "class",
                "policy_oid",
                "issuer",
                "default_days",
                "maximum_days",
                "sha256",
            ],
            rows.into_iter().map(|row| {
                [
                    row.path,
                    row.title,
                    class(row.class),
                    row.policy_oid.unwrap_or_default(),
                    row.issuer.unwrap_or_default(),
                    number(row.default_days),
                    number(row.maximum_days),
                    row.sha256,
                ]
            }),
        ),
        Format::Table => table::list(
            ["CLASS", "TITLE", "POLICY", "ISSUER", "DAYS", "AT MOST", "FILE"],
            rows.into_iter().map(|row| {
                [
                    class(row.class),
                    row.title,
                    row.policy_oid.unwrap_or_default(),
                    row.issuer.unwrap_or_default(),
                    number(row.default_days),
                    number(row.maximum_days),
                    row.path,
                ]
            }),
        ),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
