//! Certificate policies (RFC 5280 6.1), kept as a graph instead of a tree so that work stays linear (RFC 9618).

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;
use der::Decode;
use identity::Certificate;
use x509_cert::ext::pkix::{PolicyConstraints, PolicyMappings};

use super::{ANY_POLICY, PathOptions};
use crate::report::{Code, Finding, shorten};

const POLICY_MAPPINGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.33");
const POLICY_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.36");
const INHIBIT_ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.54");

/// How many policies, or mappings, one certificate may carry.
const MOST_POLICIES: usize = 500;

/// A node of the valid policy graph; its key is the valid policy.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Valid policies one level up.
    parents: BTreeSet<ObjectIdentifier>,
    /// expected_policy_set: the policies the next certificate may continue with.
    expected: BTreeSet<ObjectIdentifier>,
}

type Level = BTreeMap<ObjectIdentifier, Node>;

/// The policy variables of RFC 5280 6.1.2, advanced certificate by certificate.
#[derive(Debug, Default)]
pub(super) struct PolicyState {
    /// `None` is the NULL tree.
    levels: Option<Vec<Level>>,
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any_policy: usize,
    wanted: Vec<ObjectIdentifier>,
    complaint: Option<Finding>,
}

impl PolicyState {
    /// Begins a path of `length` certificates below the anchor (RFC 5280 6.1.2 (a), (d) to (f)).
    pub(super) fn new(length: usize, options: &PathOptions<'_>) -> Self {
        let root = Node {
            parents: BTreeSet::new(),
            expected: BTreeSet::from([ANY_POLICY]),
        };
        let after = |now: bool| if now { 0 } else { length + 1 };
        Self {
            levels: Some(vec![Level::from([(ANY_POLICY, root)])]),
            explicit_policy: after(options.explicit_policy),
            policy_mapping: after(options.inhibit_policy_mapping),
            inhibit_any_policy: after(options.inhibit_any_policy),
            wanted: options
                .policies
                .iter()
                .copied()
                .filter(|policy| *policy != ANY_POLICY)
                .collect(),
            complaint: None,
        }
    }

    /// Takes in the next certificate, towards the leaf.
    pub(super) fn certificate(&mut self, certificate: &Certificate, is_leaf: bool) {
        let policies = certificate.certificate_policies();
        let values = match Extensions::of(certificate) {
            Ok(values) if policies.len() <= MOST_POLICIES => values,
            _ => {
                self.complain(
                    certificate,
                    "cannot be used: its policy extensions are malformed or too long",
                );
                return;
            }
        };
        if policies.is_empty() {
            self.levels = None;
        } else {
            self.descend(policies, is_leaf || !certificate.is_self_issued());
        }
        if self.explicit_policy == 0 && self.levels.is_none() {
            self.complain(
                certificate,
                "continues none of the policies that its issuers demand",
            );
        }
        if is_leaf {
            // 6.1.5 (a), (b)
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            if values.require_explicit_policy == Some(0) {
                self.explicit_policy = 0;
            }
            return;
        }
        self.map(certificate, &values.mappings);
        // 6.1.4 (h)
        if !certificate.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any_policy = self.inhibit_any_policy.saturating_sub(1);
        }
        // 6.1.4 (i), (j)
        lower(&mut self.explicit_policy, values.require_explicit_policy);
        lower(&mut self.policy_mapping, values.inhibit_policy_mapping);
        lower(&mut self.inhibit_any_policy, values.inhibit_any_policy);
    }

    /// 6.1.5 (g): returns the leaf's valid policies, and the complaint if the path fails for its policies.
    pub(super) fn finish(mut self) -> (Vec<ObjectIdentifier>, Option<Finding>) {
        let levels = self.levels.take().unwrap_or_default();
        let valid: Vec<_> = levels
            .last()
            .map(|level| level.keys().copied().collect())
            .unwrap_or_default();
        let any_at_leaf = valid.contains(&ANY_POLICY);
        // The authority-constrained set: whatever hangs below anyPolicy, in the issuers' own words.
        let acceptable = self.wanted.is_empty() && !valid.is_empty()
            || any_at_leaf
            || levels.iter().flatten().any(|(policy, node)| {
                *policy != ANY_POLICY && node.parents.contains(&ANY_POLICY) && self.wanted.contains(policy)
            });
        if self.complaint.is_none() && self.explicit_policy == 0 && !acceptable {
            self.complaint = Some(Finding::new(
                Code::PolicyViolation,
                "the path is valid for none of the certificate policies asked for",
            ));
        }
        (valid, self.complaint)
    }

    /// 6.1.3 (d): adds the level of this certificate.
    fn descend(&mut self, policies: &[ObjectIdentifier], restricted: bool) {
        let Some(levels) = &mut self.levels else { return };
        let Some(above) = levels.last() else { return };
        let parents_of = |policy: &ObjectIdentifier| -> BTreeSet<ObjectIdentifier> {
            above
                .iter()
                .filter(|(_, node)| node.expected.contains(policy))
                .map(|(parent, _)| *parent)
                .collect()
        };
        let mut level = Level::new();
        let mut add = |policy: ObjectIdentifier, parents: BTreeSet<ObjectIdentifier>| {
            level.insert(
                policy,
                Node {
                    parents,
                    expected: BTreeSet::from([policy]),
                },
            );
        };
        let mut seen = BTreeSet::new();
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let parents = parents_of(policy);
            if !parents.is_empty() {
                add(*policy, parents);
                seen.insert(*policy);
            } else if above.contains_key(&ANY_POLICY) {
                add(*policy, BTreeSet::from([ANY_POLICY]));
                seen.insert(*policy);
            }
        }
        let any_counts = self.inhibit_any_policy > 0 || !restricted;
        if policies.contains(&ANY_POLICY) && any_counts {
            let expected: BTreeSet<_> = above
                .values()
                .flat_map(|node| node.expected.iter().copied())
                .collect();
            for policy in expected.difference(&seen) {
                add(*policy, parents_of(policy));
            }
        }
        levels.push(level);
        self.prune();
    }

    /// 6.1.4 (a), (b): policies of this certificate go on under other names below it.
    fn map(&mut self, certificate: &Certificate, mappings: &[(ObjectIdentifier, ObjectIdentifier)]) {
        if mappings
            .iter()
            .any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY)
        {
            self.complain(certificate, "maps anyPolicy, which RFC 5280 forbids");
            return;
        }
        let mut targets: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(*from).or_default().insert(*to);
        }
        let may_map = self.policy_mapping > 0;
        let Some(level) = self.levels.as_mut().and_then(|levels| levels.last_mut()) else {
            return;
        };
        for (from, expected) in targets {
            if !may_map {
                level.remove(&from);
            } else if let Some(node) = level.get_mut(&from) {
                node.expected = expected;
            } else if level.contains_key(&ANY_POLICY) {
                level.insert(
                    from,
                    Node {
                        parents: BTreeSet::from([ANY_POLICY]),
                        expected,
                    },
                );
            }
        }
        self.prune();
    }

    /// Drops nodes without children, upwards; an empty last level is the NULL tree.
    fn prune(&mut self) {
        let Some(levels) = &mut self.levels else { return };
        for index in (0..levels.len().saturating_sub(1)).rev() {
            let Some((upper, lower)) = levels.split_at_mut_checked(index + 1) else {
                continue;
            };
            let (Some(upper), Some(lower)) = (upper.last_mut(), lower.first()) else {
                continue;
            };
            let used: BTreeSet<_> = lower
                .values()
                .flat_map(|node| node.parents.iter().copied())
                .collect();
            upper.retain(|policy, _| used.contains(policy));
        }
        if levels.last().is_none_or(BTreeMap::is_empty) {
            self.levels = None;
        }
    }

    fn complain(&mut self, certificate: &Certificate, what: &str) {
        if self.complaint.is_none() {
            let subject = shorten(&certificate.subject().to_string());
            self.complaint = Some(Finding::new(
                Code::PolicyViolation,
                format!("the certificate of {subject} {what}"),
            ));
        }
    }
}

/// The extensions of a certificate that bear on policies.
#[derive(Default)]
struct Extensions {
    mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    require_explicit_policy: Option<usize>,
    inhibit_policy_mapping: Option<usize>,
    inhibit_any_policy: Option<usize>,
}

impl Extensions {
    fn of(certificate: &Certificate) -> Result<Self, der::Error> {
        let mut values = Self::default();
        for extension in certificate.extensions() {
            match extension.oid {
                POLICY_MAPPINGS => {
                    let mappings = PolicyMappings::from_der(extension.value_der)?;
                    if mappings.0.len() > MOST_POLICIES {
                        return Err(der::ErrorKind::Overlength.into());
                    }
                    values.mappings = mappings
                        .0
                        .iter()
                        .map(|map| (map.issuer_domain_policy, map.subject_domain_policy))
                        .collect();
                }
                POLICY_CONSTRAINTS => {
                    let constraints = PolicyConstraints::from_der(extension.value_der)?;
                    values.require_explicit_policy =
                        constraints.require_explicit_policy.map(|skip| skip as usize);
                    values.inhibit_policy_mapping =
                        constraints.inhibit_policy_mapping.map(|skip| skip as usize);
                }
                INHIBIT_ANY_POLICY => {
                    values.inhibit_any_policy = Some(u32::from_der(extension.value_der)? as usize);
                }
                _ => {}
            }
        }
        Ok(values)
    }
}

fn lower(counter: &mut usize, to: Option<usize>) {
    if let Some(to) = to {
        *counter = (*counter).min(to);
    }
}
