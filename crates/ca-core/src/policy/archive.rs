//! Which keys a policy keeps for recovery.

use super::reader::{Diagnostics, Located, Mapping, list, scalar_text};
use super::yaml::{Node, excerpt};
use crate::request::Usage;

/// The rules for the archive of encryption keys. Keys that sign are never archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRules {
    agents: Vec<String>,
    required: u32,
}

impl ArchiveRules {
    /// Returns the file names of the recovery agents' certificates.
    pub fn agents(&self) -> &[String] {
        &self.agents
    }

    /// Returns how many agents it takes together to open a key: 1 or 2.
    pub fn required_agents(&self) -> u32 {
        self.required
    }

    /// Reads the section `archive`, which may be absent: then no key is archived.
    pub(super) fn read(
        file: &Mapping<'_>,
        usages: Option<&[Usage]>,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Option<Self>> {
        let Some(node) = file.optional("archive") else {
            return Some(None);
        };
        let section = file.mapping("archive", &["agents", "required_agents"], diagnostics)?;
        let agents = read_agents(&section, diagnostics);
        let required = section.number_or("required_agents", 1, 1..=2, diagnostics);
        let (agents, required) = (agents?, required?);
        if agents.len() < required.value as usize {
            diagnostics.push(
                required.at,
                format!(
                    "it takes {} agents to open a key, but only one is named",
                    required.value
                ),
                "name another in \"agents\", or write `required_agents: 1`",
            );
        }
        let never = usages.is_some_and(|usages| !usages.iter().any(|usage| archived(*usage)));
        if never {
            diagnostics.push(
                node.at,
                "keys are to be archived, but no usage that is allowed has a key that only decrypts: one that signs is never archived",
                "allow the usage pair or encrypt, or remove the section \"archive\"",
            );
        }
        Some(Some(Self {
            agents: agents.into_iter().map(|agent| agent.value.to_owned()).collect(),
            required: required.value,
        }))
    }
}

fn archived(usage: Usage) -> bool {
    matches!(usage, Usage::Pair | Usage::Encrypt)
}

fn read_agents<'n>(
    section: &Mapping<'n>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<Located<&'n str>>> {
    let node: &Node = section.required("agents", EXAMPLE, diagnostics)?;
    let items = list(node, "agents", EXAMPLE, diagnostics)?;
    if items.is_empty() || items.len() > MOST_AGENTS {
        diagnostics.push(
            node.at,
            format!(
                "\"agents\" must name 1 to {MOST_AGENTS} certificates, but names {}",
                items.len()
            ),
            format!("write `agents: {EXAMPLE}`"),
        );
        return None;
    }
    let mut agents: Vec<Located<&str>> = Vec::new();
    for item in items {
        let name = scalar_text(item, "agents", EXAMPLE, diagnostics)?;
        let sound = name.value.len() <= 100
            && name.value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.@+".contains(c));
        if !sound {
            diagnostics.push(
                name.at,
                format!(
                    "\"{}\" cannot name a certificate's file in agents/",
                    excerpt(name.value)
                ),
                "use letters, digits and - _ . @ +, without a folder, as in `agents: [recovery.crt]`",
            );
            return None;
        }
        if agents.iter().any(|other| other.value == name.value) {
            diagnostics.push(
                name.at,
                format!("the agent {} is named twice", name.value),
                "remove one of the two",
            );
        }
        agents.push(name);
    }
    Some(agents)
}

const EXAMPLE: &str = "[recovery.crt]";
const MOST_AGENTS: usize = 5;
