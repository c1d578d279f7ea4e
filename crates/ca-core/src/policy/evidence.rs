//! Which evidence a policy demands.

use super::reader::{Diagnostics, Located, Mapping, choice, list, note_repetition};
use super::yaml::{Position, Value};
use crate::evidence::{Basis, EvidenceKind};
use chrono::{DateTime, TimeDelta, Utc};

/// The rules for evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRules {
    pub(super) basis: Basis,
    pub(super) required: Vec<Vec<EvidenceKind>>,
    pub(super) when_organization: Vec<Vec<EvidenceKind>>,
    pub(super) forbidden: Vec<EvidenceKind>,
    /// Days, in the order of [`EvidenceKind::ALL`].
    pub(super) reuse: Vec<(EvidenceKind, u32)>,
}

impl EvidenceRules {
    /// Returns the basis demanded: with [`Basis::Proved`] an operator's word is not enough.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Returns the groups that every request must meet; one kind of each group is enough.
    pub fn required(&self) -> &[Vec<EvidenceKind>] {
        &self.required
    }

    /// Returns the further groups that a request naming an organization must meet.
    pub fn when_organization(&self) -> &[Vec<EvidenceKind>] {
        &self.when_organization
    }

    /// Returns the kinds that a request must not bring, so that nothing is collected that is not needed.
    pub fn forbidden(&self) -> &[EvidenceKind] {
        &self.forbidden
    }

    /// Returns the groups that a request must meet.
    pub fn groups(&self, organization_named: bool) -> impl Iterator<Item = &[EvidenceKind]> {
        let further = if organization_named {
            self.when_organization.as_slice()
        } else {
            &[]
        };
        self.required.iter().chain(further).map(Vec::as_slice)
    }

    /// Returns for how many days evidence of a kind, once recorded, can carry further certificates of its holder; 0: none.
    pub fn reuse_days(&self, kind: EvidenceKind) -> u32 {
        self.reuse
            .iter()
            .find(|(of, _)| *of == kind)
            .map_or(0, |(_, days)| *days)
    }

    /// Tells whether evidence that was recorded at a moment can still carry a certificate (the last second included).
    pub fn is_reusable(&self, kind: EvidenceKind, recorded_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let until = recorded_at.checked_add_signed(TimeDelta::days(self.reuse_days(kind).into()));
        self.reuse_days(kind) > 0 && until.is_none_or(|until| now <= until)
    }

    /// Reads the section `evidence`.
    pub(super) fn read(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        let known = ["basis", "required", "when_organization", "forbidden", "reuse"];
        let section = file.mapping("evidence", &known, diagnostics)?;
        let basis = section.choice("basis", &[Basis::Stated, Basis::Proved], diagnostics);
        section.required("required", "[mailbox]", diagnostics);
        let required = read_groups(&section, "required", diagnostics);
        let when_organization = read_groups(&section, "when_organization", diagnostics);
        let forbidden = match section.optional("forbidden").map(|node| &node.value) {
            Some(Value::List(items)) if items.is_empty() => Some(Vec::new()),
            None => Some(Vec::new()),
            Some(_) => section
                .choices("forbidden", &EvidenceKind::ALL, diagnostics)
                .map(|list| list.value),
        };
        let reuse = read_reuse(&section, diagnostics);
        let (basis, required, when_organization, forbidden) =
            (basis?, required?, when_organization?, forbidden?);
        if required.is_empty() && section.optional("required").is_some() {
            diagnostics.push(
                section
                    .optional("required")
                    .map_or(Position::START, |node| node.at),
                "\"required\" demands no evidence at all, so that anybody could be certified",
                "write at least `required: [mailbox]`",
            );
        }
        for kind in &forbidden {
            let clash = required
                .iter()
                .chain(&when_organization)
                .flatten()
                .find(|required| required.value == kind.value);
            if let Some(clash) = clash {
                diagnostics.push(
                    kind.at,
                    format!(
                        "{} is forbidden, but line {} asks for it",
                        kind.value, clash.at.line
                    ),
                    "remove one of the two",
                );
            }
        }
        let plain = |groups: Vec<Vec<Located<EvidenceKind>>>| {
            groups
                .into_iter()
                .map(|group| group.into_iter().map(|kind| kind.value).collect())
                .collect()
        };
        Some(Self {
            basis: basis.value,
            required: plain(required),
            when_organization: plain(when_organization),
            forbidden: forbidden.into_iter().map(|kind| kind.value).collect(),
            reuse: reuse?,
        })
    }
}

/// Reads for how long each kind can be used again; what is not named has its default.
fn read_reuse(section: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<Vec<(EvidenceKind, u32)>> {
    let names = EvidenceKind::ALL.map(EvidenceKind::name);
    let given = match section.optional("reuse") {
        Some(_) => Some(section.mapping("reuse", &names, diagnostics)?),
        None => None,
    };
    let mut all = Vec::new();
    for kind in EvidenceKind::ALL {
        let default = match kind {
            EvidenceKind::Mailbox => MAILBOX_DAYS,
            _ => IDENTITY_DAYS,
        };
        let days = match &given {
            Some(given) => given
                .number_or(kind.name(), default, 0..=MOST_DAYS, diagnostics)
                .map(|days| days.value),
            None => Some(default),
        };
        all.push((kind, days));
    }
    all.into_iter().map(|(kind, days)| Some((kind, days?))).collect()
}

/// CA/B S/MIME BR 4.2.1: a mailbox changes hands sooner than a person changes names.
const MAILBOX_DAYS: u32 = 30;
const IDENTITY_DAYS: u32 = 825;
/// Ten years.
const MOST_DAYS: u32 = 3_652;

type Groups = Vec<Vec<Located<EvidenceKind>>>;

/// Reads a list of kinds and of lists of kinds; it is empty if the key is absent.
fn read_groups(section: &Mapping<'_>, name: &str, diagnostics: &mut Diagnostics<'_>) -> Option<Groups> {
    let Some(node) = section.optional(name) else {
        return Some(Vec::new());
    };
    let mut groups: Groups = Vec::new();
    let mut complete = true;
    for item in list(node, name, "[mailbox, [database, document]]", diagnostics)? {
        let kinds = match &item.value {
            Value::List(kinds) if kinds.is_empty() => {
                diagnostics.push(
                    item.at,
                    format!("\"{name}\" holds an empty group"),
                    "name the kinds of which one is enough, as in `[database, document]`",
                );
                complete = false;
                continue;
            }
            Value::List(kinds) => kinds.as_slice(),
            _ => std::slice::from_ref(item),
        };
        let mut group: Vec<Located<EvidenceKind>> = Vec::new();
        for kind in kinds {
            match choice(kind, name, &EvidenceKind::ALL, diagnostics) {
                Some(kind) => {
                    note_repetition(&group, &kind, "the group", diagnostics);
                    group.push(kind);
                }
                None => complete = false,
            }
        }
        if let [only] = group.as_slice()
            && groups
                .iter()
                .any(|other| matches!(other.as_slice(), [kind] if kind.value == only.value))
        {
            diagnostics.push(
                only.at,
                format!("{} is twice in \"{name}\"", only.value),
                "remove one of the two",
            );
        }
        groups.push(group);
    }
    complete.then_some(groups)
}
