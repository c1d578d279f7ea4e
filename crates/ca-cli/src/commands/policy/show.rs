use ca_core::evidence::EvidenceKind;
use ca_core::policy::{FieldRule, PolicySet, Profile, RootPolicy};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, table};

/// Show a policy as the CA understands it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet policy show 3")]
pub(crate) struct PolicyShowArgs {
    /// A class (1, 2 or 3), root, or the policy file's name
    #[arg(value_name = "POLICY")]
    policy: String,
}

#[derive(Serialize)]
pub(super) struct PolicyView {
    path: String,
    title: String,
    class: u8,
    policy_oid: String,
    additional_policies: Vec<String>,
    issuer: String,
    common_name: String,
    required: Vec<String>,
    allowed: Vec<String>,
    forbidden: Vec<String>,
    evidence: EvidenceRulesView,
    keys: Vec<String>,
    default_key: String,
    minimum_rsa_bits: u32,
    minimum_ec_bits: u32,
    usages: Vec<String>,
    default_usage: String,
    default_days: u32,
    maximum_days: u32,
    extended_key_usage: Vec<String>,
    capabilities: String,
    ocsp: bool,
    p12_preset: String,
    /// `None`: no key is archived.
    archive: Option<ArchiveRulesView>,
    enrolment: EnrolmentRulesView,
    sha256: String,
}

/// What is asked of those who request a certificate.
#[derive(Serialize)]
struct EnrolmentRulesView {
    terms: Option<String>,
    /// Empty: any up to the maximum.
    days: Vec<u32>,
    access_code: String,
    holder_passphrase: String,
    officers: u32,
    expires_days: u32,
    document_officers: Vec<String>,
    document_days: u32,
}

#[derive(Serialize)]
struct ArchiveRulesView {
    agents: Vec<String>,
    required_agents: u32,
}

/// One kind of each group is enough.
#[derive(Serialize)]
struct EvidenceRulesView {
    basis: String,
    required: Vec<Vec<String>>,
    when_organization: Vec<Vec<String>>,
    /// Days for which each kind, once recorded, carries renewals.
    reuse: std::collections::BTreeMap<String, u32>,
}

#[derive(Serialize)]
struct RootView {
    path: String,
    title: String,
    root_key: String,
    issuing_key: String,
    keys: Vec<String>,
    root_days: u32,
    issuing_days: u32,
    sha256: String,
}

pub(super) fn run(context: &Context, args: &PolicyShowArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let policies = context.policies(&context.directory()?)?;
    let text = match find(&policies, &args.policy) {
        Some(profile) => {
            let view = PolicyView::new(profile);
            if context.is_json() {
                json::document(&view)
            } else {
                view.table()
            }
        }
        None if args.policy == "root" || names(policies.root().path(), &args.policy) => {
            let view = RootView::new(policies.root());
            if context.is_json() {
                json::document(&view)
            } else {
                view.table()
            }
        }
        None => {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!("there is no policy \"{}\"", args.policy),
            )
            .hint("cachet policy list"));
        }
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

fn find<'a>(policies: &'a PolicySet, wanted: &str) -> Option<&'a Profile> {
    policies.profiles().iter().find(|profile| {
        profile.class().to_string() == wanted
            || names(profile.path(), wanted)
            || profile.policy_oid().to_string() == wanted
    })
}

fn names(path: &str, wanted: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    path == wanted || file == wanted || file.strip_suffix(".yaml") == Some(wanted)
}

impl PolicyView {
    pub(super) fn new(profile: &Profile) -> Self {
        let fields = |rule: FieldRule| {
            profile
                .subject()
                .fields_with(rule)
                .map(|field| field.to_string())
                .collect()
        };
        let groups = |groups: &[Vec<_>]| {
            groups
                .iter()
                .map(|group: &Vec<ca_core::EvidenceKind>| group.iter().map(ToString::to_string).collect())
                .collect()
        };
        Self {
            path: profile.path().to_owned(),
            title: profile.title().to_owned(),
            class: profile.class().number(),
            policy_oid: profile.policy_oid().to_string(),
            additional_policies: profile
                .extensions()
                .additional_policies()
                .iter()
                .map(ToString::to_string)
                .collect(),
            issuer: profile.issuer().to_owned(),
            common_name: profile.subject().common_name().to_string(),
            required: fields(FieldRule::Required),
            allowed: fields(FieldRule::Allowed),
            forbidden: fields(FieldRule::Forbidden),
            evidence: EvidenceRulesView {
                basis: profile.evidence().basis().to_string(),
                required: groups(profile.evidence().required()),
                when_organization: groups(profile.evidence().when_organization()),
                reuse: EvidenceKind::ALL
                    .into_iter()
                    .map(|kind| (kind.to_string(), profile.evidence().reuse_days(kind)))
                    .collect(),
            },
            keys: profile.keys().allowed().iter().map(ToString::to_string).collect(),
            default_key: profile.keys().default_key().to_string(),
            minimum_rsa_bits: profile.keys().minimum_rsa_bits(),
            minimum_ec_bits: profile.keys().minimum_ec_bits(),
            usages: profile.usages().iter().map(ToString::to_string).collect(),
            default_usage: profile.default_usage().to_string(),
            default_days: profile.validity().default_days(),
            maximum_days: profile.validity().maximum_days(),
            extended_key_usage: profile
                .extensions()
                .extended_key_usage()
                .iter()
                .map(ToString::to_string)
                .collect(),
            capabilities: profile.extensions().capabilities().to_string(),
            ocsp: profile.extensions().ocsp(),
            p12_preset: profile.p12_preset().to_string(),
            archive: profile.archive().map(|rules| ArchiveRulesView {
                agents: rules.agents().to_vec(),
                required_agents: rules.required_agents(),
            }),
            enrolment: EnrolmentRulesView {
                terms: profile.enrolment().terms().map(str::to_owned),
                days: profile.enrolment().days().to_vec(),
                access_code: profile.enrolment().access_code().to_string(),
                holder_passphrase: profile.enrolment().holder_passphrase().to_string(),
                officers: profile.enrolment().officers(),
                expires_days: profile.enrolment().expires_days(),
                document_officers: profile.enrolment().document_officers().to_vec(),
                document_days: profile.enrolment().document_days(),
            },
            sha256: hex::encode(profile.sha256()),
        }
    }

    /// Says for how long what is demanded can carry renewals.
    fn reuse_lines(&self) -> String {
        let rules = &self.evidence;
        let demanded: Vec<&String> = rules
            .required
            .iter()
            .chain(&rules.when_organization)
            .flatten()
            .collect();
        let days = |(kind, days): (&String, &u32)| format!("{kind} for {days} days");
        let lines = rules
            .reuse
            .iter()
            .filter(|(kind, _)| demanded.contains(kind))
            .map(days);
        lines.collect::<Vec<_>>().join(", ")
    }

    /// Says who can open the keys that are kept.
    fn archive_line(&self) -> String {
        match &self.archive {
            None => "not archived".to_owned(),
            Some(rules) => format!(
                "archived, opened by {} of {}",
                rules.required_agents,
                rules.agents.join(", ")
            ),
        }
    }

    pub(super) fn table(&self) -> String {
        let groups = |groups: &[Vec<String>]| {
            groups
                .iter()
                .map(|group| group.join(" or "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        table::facts([
            ("Title", self.title.clone()),
            ("File", self.path.clone()),
            ("Class", self.class.to_string()),
            ("Policy", self.policy_oid.clone()),
            ("Further policies", self.additional_policies.join("\n")),
            ("Issuer", self.issuer.clone()),
            ("Common name", self.common_name.clone()),
            ("Required", self.required.join(", ")),
            ("Allowed", self.allowed.join(", ")),
            ("Forbidden", self.forbidden.join(", ")),
            ("Evidence", groups(&self.evidence.required)),
            ("  with organization", groups(&self.evidence.when_organization)),
            (
                "  which may be",
                if self.evidence.basis == "stated" {
                    "stated or proved".to_owned()
                } else {
                    self.evidence.basis.clone()
                },
            ),
            ("  used again", self.reuse_lines()),
            ("Keys", self.keys.join(", ")),
            ("  by default", self.default_key.clone()),
            ("Usages", self.usages.join(", ")),
            ("  by default", self.default_usage.clone()),
            (
                "Days",
                format!("{}, at most {}", self.default_days, self.maximum_days),
            ),
            ("P12", self.p12_preset.clone()),
            ("Encryption keys", self.archive_line()),
            ("SHA-256", self.sha256.clone()),
        ])
    }
}

impl RootView {
    fn new(root: &RootPolicy) -> Self {
        Self {
            path: root.path().to_owned(),
            title: root.title().to_owned(),
            root_key: root.root_key().to_string(),
            issuing_key: root.issuing_key().to_string(),
            keys: root.allowed_keys().iter().map(ToString::to_string).collect(),
            root_days: root.root_days(),
            issuing_days: root.issuing_days(),
            sha256: hex::encode(root.sha256()),
        }
    }

    fn table(&self) -> String {
        table::facts([
            ("Title", self.title.clone()),
            ("File", self.path.clone()),
            ("Root's key", self.root_key.clone()),
            ("Issuing CAs' key", self.issuing_key.clone()),
            ("Keys", self.keys.join(", ")),
            ("Root's days", self.root_days.to_string()),
            ("Issuing CAs' days", self.issuing_days.to_string()),
            ("SHA-256", self.sha256.clone()),
        ])
    }
}
