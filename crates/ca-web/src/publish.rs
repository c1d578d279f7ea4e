//! CRLs and certificates of authorities, as `BASE/crl/ID.crl` and `BASE/ca/ID.crt` in certificates name them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::DateTime;
use identity::digest::sha256;

use crate::ocsp::http_date;

/// A directory that a CA publishes into, and the certificates that are served where it does not hold them yet.
#[derive(Debug)]
pub struct Published {
    directory: PathBuf,
    certificates: HashMap<String, Bytes>,
    /// The last version of each file that was asked for: a list may be large, and all who fetch it share it.
    files: Mutex<HashMap<PathBuf, (Version, Shown)>>,
}

/// What tells a file from the one that replaced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    inode: u64,
    length: u64,
    modified: i64,
}

#[derive(Clone, Debug)]
struct Shown {
    content: Bytes,
    entity_tag: String,
    modified: Option<i64>,
}

impl Published {
    /// Serves from `directory` (`ca/ID.crt`, `crl/ID.crl`), and `certificates` (DER) by the authorities' identifiers
    /// where it lacks them.
    pub fn new(directory: &Path, certificates: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self {
            directory: directory.to_path_buf(),
            certificates: certificates
                .into_iter()
                .map(|(id, der)| (format!("{id}.crt"), der.into()))
                .collect(),
            files: Mutex::default(),
        }
    }

    /// Returns the routes: `/crl/ID.crl` and `/ca/ID.crt`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/crl/{name}", get(list))
            .route("/ca/{name}", get(certificate))
            .with_state(Arc::new(self))
    }

    fn read(&self, folder: &str, name: &str) -> Option<Shown> {
        let path = self.directory.join(folder).join(name);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let version = Version {
            inode: found.ino(),
            length: found.len(),
            modified: found.mtime(),
        };
        let lock = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, shown)) = lock().get(&path)
            && *known == version
        {
            return Some(shown.clone());
        }
        let mut content = Vec::new();
        let file = File::open(&path).ok()?;
        file.take(LONGEST + 1).read_to_end(&mut content).ok()?;
        if u64::try_from(content.len()).ok()? > LONGEST {
            return None;
        }
        let shown = Shown::new(content.into(), Some(version.modified));
        lock().insert(path, (version, shown.clone()));
        Some(shown)
    }
}

impl Shown {
    fn new(content: Bytes, modified: Option<i64>) -> Self {
        let entity_tag = format!("\"{}\"", hex::encode(sha256(&content)));
        Self {
            content,
            entity_tag,
            modified,
        }
    }
}

async fn list(
    State(published): State<Arc<Published>>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    show(published, "crl", name, ".crl", "application/pkix-crl", &headers).await
}

async fn certificate(
    State(published): State<Arc<Published>>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    show(published, "ca", name, ".crt", "application/pkix-cert", &headers).await
}

async fn show(
    published: Arc<Published>,
    folder: &'static str,
    name: String,
    extension: &str,
    content_type: &'static str,
    asked: &HeaderMap,
) -> Response {
    if !is_sound(&name, extension) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let reading = tokio::task::spawn_blocking(move || {
        let file = published.read(folder, &name);
        let known = || {
            let der = published.certificates.get(&name).filter(|_| folder == "ca")?;
            Some(Shown::new(der.clone(), None))
        };
        file.or_else(known)
    });
    let Ok(Some(shown)) = reading.await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kept = asked
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|tag| tag.trim() == shown.entity_tag));
    let mut response = if kept {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type)], shown.content).into_response()
    };
    let modified = shown
        .modified
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let fields = [
        (CACHE_CONTROL, Some(MAX_AGE.to_owned())),
        (ETAG, Some(shown.entity_tag)),
        (LAST_MODIFIED, modified.map(http_date)),
        (X_CONTENT_TYPE_OPTIONS, Some("nosniff".to_owned())),
    ];
    for (name, value) in fields {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Whether a name can be that of a published file: one that leaves the directory cannot.
fn is_sound(name: &str, extension: &str) -> bool {
    name.ends_with(extension)
        && !name.starts_with('.')
        && name.len() <= 200
        && name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_'))
}

/// A list is replaced when something is revoked: nobody should keep it unasked for long.
const MAX_AGE: &str = "max-age=300, public, must-revalidate";

/// Some five million entries.
const LONGEST: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        assert!(is_sound("school-class-1-ca-0a1b2c3d.crl", ".crl"));
        assert!(is_sound("a.delta.crl", ".crl"));
        for name in [
            "", ".crl", "../a.crl", "a/b.crl", "a.crt", "a\0.crl", "é.crl", "%2e.crl",
        ] {
            assert!(!is_sound(name, ".crl"), "{name:?}");
        }
    }

    #[test]
    fn a_file_that_was_replaced_is_read_anew() {
        let directory = tempfile::tempdir().unwrap();
        let lists = directory.path().join("crl");
        fs::create_dir(&lists).unwrap();
        let published = Published::new(directory.path(), []);
        assert!(published.read("crl", "a.crl").is_none());
        for content in ["one", "another"] {
            fs::write(lists.join("new"), content).unwrap();
            fs::rename(lists.join("new"), lists.join("a.crl")).unwrap();
            for _ in 0..2 {
                let shown = published.read("crl", "a.crl").unwrap();
                assert_eq!(shown.content, content);
            }
        }
    }
}
