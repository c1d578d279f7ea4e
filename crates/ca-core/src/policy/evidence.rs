//! Which evidence a policy demands.

use crate::evidence::{Basis, EvidenceKind};

/// The rules for evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRules {
    pub(super) basis: Basis,
    pub(super) required: Vec<Vec<EvidenceKind>>,
    pub(super) when_organization: Vec<Vec<EvidenceKind>>,
    pub(super) forbidden: Vec<EvidenceKind>,
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
}
