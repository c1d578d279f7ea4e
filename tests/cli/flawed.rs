//! `cachet fixture`: the command; what others say of the cases is in tests/interop/fixtures.rs.

use serde_json::Value;

use crate::fixture::empty;

#[test]
fn cases_are_listed_and_made_by_name() {
    let sandbox = empty();
    let list = sandbox.line("fixture list --format json").ok().json();
    let list = list.as_array().unwrap();
    assert!(list.len() >= 60, "{}", list.len());
    sandbox
        .line("fixture list")
        .ok()
        .says("refused: the certificate has expired");
    let made = sandbox
        .line("fixture make expired revoked --out some --format json")
        .ok();
    let index: Value = serde_json::from_slice(&sandbox.read("some/index.json")).unwrap();
    assert_eq!(made.json(), index);
    let [expired, revoked] = index.as_array().unwrap().as_slice() else {
        panic!("two cases: {index}");
    };
    for field in [
        "name", "file", "password", "trust", "at", "expect", "clause", "check",
    ] {
        assert!(!expired[field].is_null(), "{field}: {expired}");
    }
    assert_eq!(revoked["lists"].as_array().unwrap().len(), 2);
    sandbox.write("pw", format!("{}\n", expired["password"].as_str().unwrap()));
    sandbox
        .line("inspect some/expired/identity.p12 --password-file pw")
        .ok()
        .says("alice@example.com");
}

#[test]
fn what_stands_already_and_what_there_is_not_is_refused() {
    let sandbox = empty();
    sandbox
        .line("fixture make expird --out some")
        .exits(1)
        .says("cachet fixture list");
    assert!(!sandbox.path("some").exists());
    sandbox.line("fixture make --out some").exits(2);
    sandbox.line("fixture make --all good --out some").exits(2);
    sandbox.line("fixture make good --out some").ok();
    sandbox
        .line("fixture make good --out some")
        .exits(1)
        .says("--overwrite");
    sandbox.line("fixture make good --out some --overwrite").ok();
    sandbox
        .line("mail verify --trust some/good/root.pem some/good/message.eml")
        .ok()
        .says("valid: signed by alice@example.com");
}
