//! The policies of one authority together.

use der::asn1::ObjectIdentifier;

use super::{PolicyErrors, Profile, RootPolicy};
use crate::request::Class;

/// All policies of an authority: `root.yaml` and one policy per class.
#[derive(Clone, Debug)]
pub struct PolicySet {
    root: RootPolicy,
    profiles: Vec<Profile>,
}

/// An issuing authority that the policies call for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerPlan {
    /// Its name in the policies, such as `Class 2`.
    pub name: String,
    /// The classes that it issues, in ascending order.
    pub classes: Vec<Class>,
    /// The extended key usages that its certificates need, emailProtection first.
    pub extended_key_usage: Vec<ObjectIdentifier>,
    /// The certificate policies that its certificates name.
    pub policy_oids: Vec<ObjectIdentifier>,
}

impl PolicySet {
    /// Reads the policies of a directory, given as (file name, text), and checks them against each other. The file
    /// called `root.yaml` (or `root.yml`), whatever its directory, is the authorities' own.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong in any of them.
    pub fn parse<P: AsRef<str>, T: AsRef<str>>(_files: &[(P, T)]) -> Result<Self, PolicyErrors> {
        todo!()
    }

    /// Returns the policy of the root and the issuing authorities.
    pub fn root(&self) -> &RootPolicy {
        &self.root
    }

    /// Returns the policies of the classes, in the order of the classes.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// Returns the policy of a class.
    pub fn profile(&self, class: Class) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.class() == class)
    }

    /// Returns the issuing authorities that the policies call for, in the order of their lowest class.
    pub fn issuers(&self) -> Vec<IssuerPlan> {
        todo!()
    }
}
