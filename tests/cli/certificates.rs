//! `cert list|show|export|verify`, `inspect`, `lint`.

use crate::fixture::{issue, with_ca};

#[test]
fn lists_filter_and_show_for_people_and_programs() {
    let sandbox = with_ca();
    assert_eq!(
        sandbox.line("cert list --format json").ok().json(),
        serde_json::json!([])
    );
    issue(&sandbox, "a@example.com");
    issue(&sandbox, "b@example.com");
    let all = sandbox.line("cert list --format json").ok().json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["emails"][0], "b@example.com", "newest first");
    assert!(all[0]["files"].is_null() || all[0]["files"]["p12"].is_null());
    for (filter, count) in [
        ("--email a@example.com", 1),
        ("--class 1", 2),
        ("--class 2", 0),
        ("--status valid", 2),
        ("--status revoked", 0),
        ("--expires-within 30d", 0),
        ("--expires-within 400d", 2),
        ("--limit 1", 1),
    ] {
        let json = sandbox
            .line(&format!("cert list {filter} --format json"))
            .ok()
            .json();
        assert_eq!(json.as_array().unwrap().len(), count, "{filter}");
    }
    sandbox.line("cert list").ok().says("a@example.com");
    let csv = sandbox.line("cert list --format csv").ok().text();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("serial,"), "{csv}");
    let cas = sandbox.line("cert list --ca --format json").ok().json();
    assert_eq!(cas.as_array().unwrap().len(), 4);

    let serial = all[0]["serial"].as_str().unwrap();
    for id in [serial, "b@example.com", "b@example.com.crt"] {
        let shown = sandbox
            .cachet(&["cert", "show", id, "--format", "json"])
            .ok()
            .json();
        assert_eq!(shown["serial"], serial, "{id}");
        sandbox.cachet(&["cert", "show", id]).ok().says("b@example.com");
    }
    sandbox
        .line("cert show nobody@example.com")
        .exits(1)
        .says("nobody@example.com");
    sandbox.line("cert export b@example.com --out exported.pem").ok();
    assert!(
        sandbox
            .read("exported.pem")
            .starts_with(b"-----BEGIN CERTIFICATE-----")
    );
}

#[test]
fn verify_gives_the_most_useful_reason() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let verify = |rest: &str| {
        sandbox.line(&format!(
            "--format json cert verify a@example.com.crt --untrusted a@example.com.chain.pem {rest}"
        ))
    };
    let json = verify("--trust root.pem").ok().json();
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["chain"].as_array().unwrap().len(), 3);
    verify("--trust root.pem --email a@example.com").ok();
    verify("--trust root.pem --email other@example.com").exits(4);
    assert_eq!(
        verify("--trust root.pem --now 2040-01-01T00:00:00Z")
            .exits(4)
            .json()["status"],
        "expired"
    );
    assert_eq!(
        verify("--trust root.pem --now 2020-01-01T00:00:00Z")
            .exits(4)
            .json()["status"],
        "not-yet-valid"
    );
}

#[test]
fn inspect_tells_what_a_file_holds() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let json = sandbox
        .line("inspect a@example.com.crt --format json")
        .ok()
        .json();
    assert_eq!(json["kind"], "certificate");
    assert_eq!(json["certificates"][0]["emails"][0], "a@example.com");
    sandbox.line("trust export --for p7b --out root.p7b").ok();
    let json = sandbox.line("inspect root.p7b --format json").ok().json();
    assert_eq!(json["certificates"].as_array().unwrap().len(), 4);
    sandbox
        .line("inspect a@example.com.p12")
        .exits(1)
        .says("--password-file");
    sandbox
        .line("inspect a@example.com.p12 --password-file pw")
        .ok()
        .says("a@example.com");
    sandbox.line("inspect pw").exits(1).says("pw");
    sandbox.line("lint a@example.com.crt").ok();
}

#[test]
fn a_serial_is_found_as_other_programs_write_it() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let serial = sandbox.line("cert list --format json").ok().json()[0]["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    let even = if serial.len().is_multiple_of(2) {
        serial.clone()
    } else {
        format!("0{serial}")
    };
    let pairs: Vec<&str> = even
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap())
        .collect();
    for written in [
        even.to_uppercase(),
        pairs.join(":").to_uppercase(),
        format!("0x{serial}"),
    ] {
        sandbox
            .cachet(&["cert", "show", &written])
            .ok()
            .says("a@example.com");
    }
}
