use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the records live, as `--store` names it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreUrl {
    /// `sqlite:PATH`: a SQLite database.
    Sqlite(PathBuf),
}

impl StoreUrl {
    /// Returns the default for a CA directory: `sqlite:DIR/ca.db`.
    pub fn default_in(directory: &Path) -> Self {
        Self::Sqlite(directory.join(crate::layout::LEDGER))
    }

    /// Returns the database's path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Sqlite(path) => path,
        }
    }
}

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(StoreUrlError::NoScheme {
                given: text.to_owned(),
            });
        };
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Err(StoreUrlError::PostgresNotYet),
            "sqlite" => {
                // `sqlite:///srv/ca.db` and `sqlite:/srv/ca.db` are the same file.
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path == ":memory:" {
                    return Err(StoreUrlError::NoPath);
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            scheme => Err(StoreUrlError::UnknownScheme {
                scheme: scheme.to_owned(),
            }),
        }
    }
}

impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// Why a store's URL was not understood. A URL may hold a password, so it is never repeated whole.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreUrlError {
    /// `sqlite:` without a file.
    #[error("a store needs a file on disk: write sqlite:PATH, for instance sqlite:ca-data/ca.db")]
    NoPath,
    /// There is no scheme.
    #[error("the store \"{given}\" names no kind of database; did you mean sqlite:{given}?")]
    NoScheme {
        /// The text as given.
        given: String,
    },
    /// PostgreSQL is not implemented.
    #[error(
        "a PostgreSQL store is not supported yet; sqlite:PATH works, and is the default (sqlite:DIR/ca.db)"
    )]
    PostgresNotYet,
    /// The scheme is unknown.
    #[error(
        "\"{scheme}:\" is no kind of store that is known; write sqlite:PATH, for instance sqlite:ca-data/ca.db"
    )]
    UnknownScheme {
        /// The scheme as given.
        scheme: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sqlite_urls() {
        for (text, path) in [
            ("sqlite:ca.db", crate::layout::LEDGER),
            ("sqlite:/srv/ca.db", "/srv/ca.db"),
            ("sqlite:///srv/ca.db", "/srv/ca.db"),
            ("SQLite:a b.db", "a b.db"),
        ] {
            assert_eq!(text.parse(), Ok(StoreUrl::Sqlite(PathBuf::from(path))), "{text}");
        }
    }

    #[test]
    fn refuses_with_a_remedy_and_without_the_password() {
        let error = "postgres://ca:hunter2@db/ca".parse::<StoreUrl>().unwrap_err();
        assert_eq!(error, StoreUrlError::PostgresNotYet);
        assert!(error.to_string().contains("sqlite:PATH"));
        let error = "mysql://ca:hunter2@db/ca"
            .parse::<StoreUrl>()
            .unwrap_err()
            .to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert_eq!("sqlite:".parse::<StoreUrl>(), Err(StoreUrlError::NoPath));
        assert_eq!("sqlite::memory:".parse::<StoreUrl>(), Err(StoreUrlError::NoPath));
        assert!(
            crate::layout::LEDGER
                .parse::<StoreUrl>()
                .unwrap_err()
                .to_string()
                .contains("sqlite:ca.db")
        );
    }
}
