//! x509-limbo: 208 verdicts on paths of today.

use serde_json::Value;

use super::corpus;

/// One path and what is to be said of it. Certificates and lists are PEM texts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The name, such as `rfc5280::nc::permitted-dns-match`.
    pub id: String,
    /// What it is about.
    pub description: String,
    /// The verdict.
    pub valid: bool,
    /// The anchors.
    pub trusted: Vec<String>,
    /// Further certificates.
    pub untrusted: Vec<String>,
    /// The certificate that is judged.
    pub leaf: String,
    /// Revocation lists.
    pub crls: Vec<String>,
    /// The moment, in RFC 3339.
    pub now: String,
    /// How many certificates may stand between leaf and anchor at most.
    pub intermediates: Option<usize>,
    /// The address that the certificate must hold.
    pub email: Option<String>,
    /// The name or address of the TLS server that the certificate must hold.
    pub server: Option<String>,
}

/// Every case; `None` without the collection.
#[must_use]
pub fn cases() -> Option<Vec<Case>> {
    let file = corpus("x509-limbo")?.join("limbo.json");
    let limbo: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    Some(limbo["testcases"].as_array().unwrap().iter().map(read).collect())
}

fn read(case: &Value) -> Case {
    let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let texts = |key: &str| -> Vec<String> {
        let list = case[key].as_array().into_iter().flatten();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let name = |name: &Value| name["value"].as_str().unwrap().to_owned();
    let email = case["expected_peer_names"].as_array().into_iter().flatten();
    let email = email.filter(|peer| peer["kind"] == "RFC822").map(name).next();
    let server = &case["expected_peer_name"];
    Case {
        id: text("id"),
        description: text("description"),
        valid: case["expected_result"] == "SUCCESS",
        trusted: texts("trusted_certs"),
        untrusted: texts("untrusted_intermediates"),
        leaf: text("peer_certificate"),
        crls: texts("crls"),
        now: case["validation_time"]
            .as_str()
            .unwrap_or("2024-01-01T00:00:00Z")
            .to_owned(),
        intermediates: case["max_chain_depth"]
            .as_u64()
            .map(|depth| usize::try_from(depth).unwrap()),
        email,
        server: server["value"]
            .as_str()
            .filter(|_| server["kind"] != "RFC822")
            .map(str::to_owned),
    }
}
