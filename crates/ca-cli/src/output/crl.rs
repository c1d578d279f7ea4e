//! Revocation lists, as `crl` and `cert revoke` describe them.

use ca_core::ledger::AuthorityRecord;
use ca_core::revocation::crl::{CrlStanding, Due};
use ca_store::PublishedPaths;
use serde::Serialize;

use crate::output::{rfc3339, table};

/// What became of an authority's list.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// A new one was signed.
    Signed,
    /// The last one stays.
    Kept,
    /// The last one stays because the key is locked.
    Locked,
    /// The authority's own certificate is not valid now.
    Ended,
}

/// An authority's current list.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedView {
    pub(crate) id: String,
    name: String,
    kind: String,
    pub(crate) action: Action,
    #[serde(flatten)]
    standing: CrlStandingView,
    files: PublishedFilesView,
}

/// An authority's last list, and whether the next one is due.
#[derive(Debug, Serialize)]
pub(crate) struct CrlStandingView {
    number: Option<u64>,
    this_update: Option<String>,
    next_update: Option<String>,
    entries: Option<u64>,
    /// The number that the delta list continues, if there is one.
    delta_base: Option<u64>,
    sha256: Option<String>,
    /// Why the next one is due: changed, expired, future, never-made or soon.
    due: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
struct PublishedFilesView {
    certificate: Option<String>,
    crl: Option<String>,
    delta: Option<String>,
}

impl PublishedView {
    pub(crate) fn new(
        record: &AuthorityRecord,
        action: Action,
        standing: &CrlStanding,
        paths: &PublishedPaths,
    ) -> Self {
        let mut view = Self {
            id: record.id.clone(),
            name: record.name.clone(),
            kind: record.kind.to_string(),
            action,
            standing: CrlStandingView::new(standing),
            files: PublishedFilesView::default(),
        };
        view.moved_to(paths);
        view
    }

    /// Names the files where they stand now.
    pub(crate) fn moved_to(&mut self, paths: &PublishedPaths) {
        let existing = |path: &std::path::Path| path.is_file().then(|| path.display().to_string());
        self.files = PublishedFilesView {
            certificate: existing(&paths.certificate),
            crl: existing(&paths.crl),
            delta: existing(&paths.delta),
        };
    }

    pub(crate) fn table(views: &[Self]) -> String {
        table::list(
            ["CA", "LIST", "NUMBER", "ENTRIES", "UNTIL", "FILE"],
            views.iter().map(|view| {
                let number = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
                [
                    view.name.clone(),
                    view.action.word().to_owned(),
                    number(view.standing.number),
                    number(view.standing.entries),
                    view.standing.next_update.clone().unwrap_or_default(),
                    view.files.crl.clone().unwrap_or_default(),
                ]
            }),
        )
    }
}

impl CrlStandingView {
    pub(crate) fn new(standing: &CrlStanding) -> Self {
        let last = standing.last.as_ref();
        let signature = last.and_then(|crl| crl.signature.as_ref());
        Self {
            number: last.map(|crl| crl.number),
            this_update: last.map(|crl| rfc3339(crl.intent.this_update)),
            next_update: last.map(|crl| rfc3339(crl.intent.next_update)),
            entries: signature.map(|signature| signature.entries),
            delta_base: last.and_then(|crl| {
                let delta = crl.intent.delta.as_ref()?;
                Some(delta.base.map_or(crl.number, |base| base.number))
            }),
            sha256: signature.map(|signature| hex::encode(signature.sha256)),
            due: standing.due.map(due_word),
        }
    }
}

impl CrlStandingView {
    /// Nothing is due here of what another makes.
    pub(crate) fn of_another(self) -> Self {
        Self { due: None, ..self }
    }

    /// In a few words, for a table.
    pub(crate) fn summary(&self) -> String {
        let number = self.number.map(|number| format!("number {number}"));
        let until = self.next_update.as_deref().and_then(|until| until.get(..10));
        let until = until.map(|until| format!("until {until}"));
        let due = self.due.map(|due| format!("due ({due})"));
        [number, until, due]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Kept => "kept",
            Self::Locked => "locked",
            Self::Ended => "ended",
        }
    }
}

fn due_word(due: Due) -> &'static str {
    match due {
        Due::Changed { .. } => "changed",
        Due::Expired => "expired",
        Due::Future => "future",
        Due::NeverMade => "never-made",
        _ => "soon",
    }
}

/// Says why a list is due.
pub(crate) fn due_text(due: Due) -> String {
    match due {
        Due::Changed { changes: 1 } => "one certificate was revoked or released since".to_owned(),
        Due::Changed { changes } => format!("{changes} certificates were revoked or released since"),
        Due::Expired => "its time is over".to_owned(),
        Due::Future => "it is dated in the future, so that nobody accepts it yet".to_owned(),
        Due::NeverMade => "it has never had a list".to_owned(),
        _ => "less than a third of its time is left".to_owned(),
    }
}
