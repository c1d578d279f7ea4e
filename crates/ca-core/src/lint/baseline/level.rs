//! For whom a certificate vouches, and how narrowly.

use der::asn1::ObjectIdentifier;
use std::fmt;
use std::str::FromStr;

/// For whom a certificate vouches (SBR 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the control of an address only.
    Mailbox,
    /// For an organization.
    Organization,
    /// For a person in an organization that vouches for the name.
    Sponsor,
    /// For a person.
    Individual,
}

/// How narrow the profile is (SBR 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// As before the requirements; no longer issued since 15 July 2025.
    Legacy,
    /// For other uses beside mail, too.
    Multipurpose,
    /// For mail alone.
    Strict,
}

/// A profile of the requirements: level and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// For whom.
    pub level: Level,
    /// How narrowly.
    pub generation: Generation,
}

/// A word that names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{word}' is no profile of the Baseline Requirements: LEVEL-GENERATION, of mailbox, organization, sponsor or individual and legacy, multipurpose or strict, such as mailbox-strict"
)]
pub struct UnknownBaseline {
    word: String,
}

const LEVELS: [(Level, &str); 4] = [
    (Level::Mailbox, "mailbox"),
    (Level::Organization, "organization"),
    (Level::Sponsor, "sponsor"),
    (Level::Individual, "individual"),
];
const GENERATIONS: [(Generation, &str); 3] = [
    (Generation::Legacy, "legacy"),
    (Generation::Multipurpose, "multipurpose"),
    (Generation::Strict, "strict"),
];

impl Baseline {
    /// The day on which the requirements came into force: what is older is held against none of them.
    pub const SINCE: &'static str = "2023-09-01";

    /// Returns all profiles.
    pub fn all() -> impl Iterator<Item = Self> {
        LEVELS.into_iter().flat_map(|(level, _)| {
            GENERATIONS
                .into_iter()
                .map(move |(generation, _)| Self { level, generation })
        })
    }

    /// Returns the profile of a reserved policy, 2.23.140.1.5.L.G (SBR 7.1.6.1).
    #[must_use]
    pub fn of_policy(policy: ObjectIdentifier) -> Option<Self> {
        Self::all().find(|one| one.policy() == policy)
    }

    /// Returns the policy that is reserved for this profile.
    #[must_use]
    pub fn policy(self) -> ObjectIdentifier {
        let level: u32 = match self.level {
            Level::Mailbox => 1,
            Level::Organization => 2,
            Level::Sponsor => 3,
            Level::Individual => 4,
        };
        let generation: u32 = match self.generation {
            Generation::Legacy => 1,
            Generation::Multipurpose => 2,
            Generation::Strict => 3,
        };
        let profiles = ObjectIdentifier::new_unwrap("2.23.140.1.5");
        let extended = profiles.push_arc(level).and_then(|oid| oid.push_arc(generation));
        // Seven short arcs always fit.
        extended.unwrap_or(profiles)
    }

    /// Returns the longest validity in days (SBR 6.3.2).
    pub(super) fn maximum_days(self) -> i64 {
        match self.generation {
            Generation::Legacy => 1185,
            Generation::Multipurpose | Generation::Strict => 825,
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = LEVELS.iter().find(|(level, _)| *level == self.level);
        let generation = GENERATIONS.iter().find(|(one, _)| *one == self.generation);
        let (level, generation) = (
            level.map_or("", |found| found.1),
            generation.map_or("", |found| found.1),
        );
        write!(f, "{level}-{generation}")
    }
}

impl FromStr for Baseline {
    type Err = UnknownBaseline;

    fn from_str(word: &str) -> Result<Self, UnknownBaseline> {
        Self::all()
            .find(|one| one.to_string() == word)
            .ok_or_else(|| UnknownBaseline {
                word: word.chars().take(64).collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_policies() {
        for one in Baseline::all() {
            assert_eq!(one.to_string().parse(), Ok(one));
            assert_eq!(Baseline::of_policy(one.policy()), Some(one));
        }
        let strict: Baseline = "sponsor-strict".parse().unwrap();
        assert_eq!(strict.policy().to_string(), "2.23.140.1.5.3.3");
        assert!("sponsor".parse::<Baseline>().is_err());
    }
}
