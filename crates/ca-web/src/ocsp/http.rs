//! Requests by GET and POST (RFC 6960, A.1), and the header fields of answers (RFC 5019, 6).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, HeaderMap, IF_NONE_MATCH, LAST_MODIFIED,
};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ca_core::revocation::ocsp::OcspRefusal;
use chrono::{DateTime, Utc};
use tokio::time::timeout;

use super::{CachedAnswer, OcspService, Recalled};

/// Returns the routes of the responder: POST to `/ocsp` (and `/`, where tools send it that are told a host only), GET
/// from `/ocsp/REQUEST`.
pub fn routes(service: Arc<OcspService>) -> Router {
    Router::new()
        .route("/", post(posted))
        .route("/ocsp", post(posted))
        .route("/ocsp/", post(posted))
        .route("/ocsp/{*request}", get(fetched))
        .with_state(service)
}

async fn posted(State(service): State<Arc<OcspService>>, body: Body) -> Response {
    let request = match timeout(BODY_TIME, to_bytes(body, LONGEST)).await {
        Ok(Ok(request)) => request,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    match reply(&service, request).await {
        // Answers to POST are not kept by anybody on the way.
        Ok((answer, _)) => ([(CONTENT_TYPE, RESPONSE)], answer.der).into_response(),
        Err(refusal) => refused(refusal),
    }
}

async fn fetched(State(service): State<Arc<OcspService>>, uri: Uri, headers: HeaderMap) -> Response {
    // The raw path: base64 has slashes of its own, and a decoder would take a + for a blank.
    let Some(request) = uri.path().strip_prefix("/ocsp/").and_then(from_path) else {
        return refused(OcspRefusal::MalformedRequest);
    };
    match reply(&service, request.into()).await {
        Ok((answer, is_common)) => {
            let now = (service.clock)().stated;
            with_caching(&answer, is_common, &headers, now)
        }
        Err(refusal) => refused(refusal),
    }
}

/// Answers a request; also tells whether everybody who asks the same may have the same answer.
async fn reply(service: &Arc<OcspService>, request: Bytes) -> Result<(CachedAnswer, bool), OcspRefusal> {
    let question = match service.recall(&request)? {
        Recalled::Kept(answer) => return Ok((answer, true)),
        Recalled::Open(question) => question,
    };
    let Ok(_place) = service.room.try_acquire() else {
        return Err(OcspRefusal::TryLater);
    };
    let is_common = question.common().is_some();
    let service = Arc::clone(service);
    // The ledger is a file, and signing takes its time.
    let made = tokio::task::spawn_blocking(move || service.answer(&question)).await;
    made.unwrap_or(Err(OcspRefusal::InternalError))
        .map(|answer| (answer, is_common))
}

/// RFC 5019, 6.2: how long the answer may be kept on the way.
fn with_caching(answer: &CachedAnswer, is_common: bool, asked: &HeaderMap, now: DateTime<Utc>) -> Response {
    let left = (answer.next_update - now).num_seconds();
    let mut response = ([(CONTENT_TYPE, RESPONSE)], answer.der.clone()).into_response();
    if !is_common || left <= 1 {
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    let kept = asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == answer.entity_tag);
    if kept {
        response = StatusCode::NOT_MODIFIED.into_response();
    }
    // Less than until nextUpdate, and not long: what is kept on the way learns of no revocation.
    let age = (left - 1).min(LONGEST_AGE);
    let fields = [
        (
            CACHE_CONTROL,
            format!("max-age={age}, public, no-transform, must-revalidate"),
        ),
        (ETAG, answer.entity_tag.clone()),
        (LAST_MODIFIED, http_date(answer.this_update)),
        (EXPIRES, http_date(answer.next_update)),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn refused(refusal: OcspRefusal) -> Response {
    let fields = [(CONTENT_TYPE, RESPONSE), (CACHE_CONTROL, "no-store")];
    (fields, refusal.der().to_vec()).into_response()
}

/// Reads a request in base64 within a path, percent-encoded or not (RFC 6960, A.1), padded or not.
fn from_path(path: &str) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(path.len());
    let mut octets = path.bytes();
    while let Some(octet) = octets.next() {
        text.push(match octet {
            b'%' => {
                let digits = [octets.next()?, octets.next()?];
                let mut value = [0];
                hex::decode_to_slice(digits, &mut value).ok()?;
                value[0]
            }
            other => other,
        });
    }
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD]
        .iter()
        .find_map(|form| form.decode(&text).ok())
        .filter(|der| der.len() <= LONGEST)
}

/// IMF-fixdate (RFC 9110, 5.6.7).
pub(crate) fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

const RESPONSE: &str = "application/ocsp-response";

/// Longer than any request that is read.
const LONGEST: usize = 16 << 10;

/// How long a client may take for its request after the head.
const BODY_TIME: std::time::Duration = std::time::Duration::from_secs(10);

/// An hour.
const LONGEST_AGE: i64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_stand_in_paths_in_several_forms() {
        let der = [0xfb, 0xff, 0x3e, 0x00];
        for path in ["+/8+AA==", "%2B%2f8%2BAA%3D%3D", "+/8+AA", "-_8-AA"] {
            assert_eq!(from_path(path).as_deref(), Some(&der[..]), "{path}");
        }
        for path in ["%", "%2", "%zz", "MA=", "M A", "é"] {
            assert_eq!(from_path(path), None, "{path}");
        }
        assert_eq!(from_path(&"A".repeat(40_000)), None);
    }

    #[test]
    fn dates_are_those_of_http() {
        let moment = DateTime::from_timestamp(784_111_777, 0).unwrap();
        assert_eq!(http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
