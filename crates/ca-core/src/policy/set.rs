//! The policies of one authority together.

use der::asn1::ObjectIdentifier;

use super::yaml::Position;
use super::{PolicyError, PolicyErrors, PolicyFile, Profile, RootPolicy};
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
    pub fn parse<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Result<Self, PolicyErrors> {
        let mut errors = Vec::new();
        let mut roots: Vec<RootPolicy> = Vec::new();
        let mut profiles: Vec<Profile> = Vec::new();
        for (path, text) in files {
            match PolicyFile::parse(path.as_ref(), text.as_ref()) {
                Ok(PolicyFile::Root(root)) => roots.push(*root),
                Ok(PolicyFile::Class(profile)) => profiles.push(*profile),
                Err(wrong) => errors.extend(wrong),
            }
        }
        // What a broken file lacks is not known: the questions about the whole are asked of whole sets.
        if errors.is_empty() {
            if let [root, others @ ..] = roots.as_slice() {
                errors.extend(others.iter().map(|other| second_root(root, other)));
            } else {
                errors.push(missing(
                    "root.yaml",
                    "there is no policy of the root and the issuing authorities",
                ));
            }
            if profiles.is_empty() {
                errors.push(missing(
                    "class-1.yaml",
                    "there is no policy of a class, so that nothing can be issued",
                ));
            }
        }
        for (index, profile) in profiles.iter().enumerate() {
            for before in profiles.iter().take(index) {
                compare(before, profile, &mut errors);
            }
            if let [root] = roots.as_slice() {
                compare_with_root(root, profile, &mut errors);
            }
        }
        PolicyErrors::unless_empty(errors)?;
        profiles.sort_by_key(Profile::class);
        match roots.into_iter().next() {
            Some(root) => Ok(Self { root, profiles }),
            None => Err(missing(
                "root.yaml",
                "there is no policy of the root and the issuing authorities",
            )
            .into()),
        }
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
        let mut plans: Vec<IssuerPlan> = Vec::new();
        for profile in &self.profiles {
            let usages = profile.extensions().extended_key_usage().iter().copied();
            match plans.iter_mut().find(|plan| plan.name == profile.issuer()) {
                Some(plan) => {
                    plan.classes.push(profile.class());
                    extend_with_new(&mut plan.extended_key_usage, usages);
                    extend_with_new(&mut plan.policy_oids, profile.policy_oids());
                }
                None => plans.push(IssuerPlan {
                    name: profile.issuer().to_owned(),
                    classes: vec![profile.class()],
                    extended_key_usage: usages.collect(),
                    policy_oids: profile.policy_oids().collect(),
                }),
            }
        }
        plans
    }
}

fn extend_with_new(list: &mut Vec<ObjectIdentifier>, items: impl Iterator<Item = ObjectIdentifier>) {
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn compare(before: &Profile, profile: &Profile, errors: &mut Vec<PolicyError>) {
    if before.class() == profile.class() {
        errors.push(wrong(
            profile,
            profile.places.class,
            format!(
                "class {} already has the policy {}",
                profile.class(),
                before.path()
            ),
            "keep one policy for each class in the directory",
        ));
    }
    if before.policy_oid() == profile.policy_oid() {
        errors.push(wrong(
            profile,
            profile.places.policy_oid,
            format!(
                "{} is already the policy identifier of {}",
                profile.policy_oid(),
                before.path()
            ),
            "give each class an identifier of its own",
        ));
    }
    if before.issuer() != profile.issuer() && before.issuer().eq_ignore_ascii_case(profile.issuer()) {
        errors.push(wrong(
            profile,
            profile.places.issuer,
            format!(
                "the issuer \"{}\" differs from \"{}\" in case only",
                profile.issuer(),
                before.issuer()
            ),
            "write both the same to share one authority, or choose another name",
        ));
    }
}

fn compare_with_root(root: &RootPolicy, profile: &Profile, errors: &mut Vec<PolicyError>) {
    let (wanted, there) = (profile.validity().maximum_days(), root.issuing_days());
    if wanted > there {
        errors.push(wrong(
            profile,
            profile.places.maximum_days,
            format!(
                "{wanted} days are more than the issuing authorities live: {there} days ({})",
                root.path()
            ),
            format!(
                "write at most {there}, or raise \"validity_years\" of \"issuing\" in {}",
                root.path()
            ),
        ));
    }
}

fn wrong(profile: &Profile, at: Position, message: String, remedy: impl Into<String>) -> PolicyError {
    PolicyError {
        path: profile.path().to_owned(),
        line: at.line,
        column: at.column,
        message,
        remedy: remedy.into(),
    }
}

fn second_root(root: &RootPolicy, other: &RootPolicy) -> PolicyError {
    PolicyError {
        path: other.path().to_owned(),
        line: 1,
        column: 1,
        message: format!(
            "{} already is the policy of the root and the issuing authorities",
            root.path()
        ),
        remedy: "keep one of the two".to_owned(),
    }
}

fn missing(path: &str, message: &str) -> PolicyError {
    PolicyError {
        path: path.to_owned(),
        line: 1,
        column: 1,
        message: message.to_owned(),
        remedy: format!("copy the shipped {path} into the directory"),
    }
}
