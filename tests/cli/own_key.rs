//! Holders who make their own key: `csr new`, `issue --csr`, `p12 pack`.

use test_support::openssl;

use crate::fixture::with_ca;

#[test]
fn the_ca_never_sees_the_key() {
    let sandbox = with_ca();
    sandbox.write("keypw", "key passphrase\n");
    sandbox
        .line("csr new --email dana@example.com --key ec-p256 --out dana.csr --passphrase-file keypw")
        .ok();
    let key = sandbox
        .files(".")
        .into_iter()
        .find(|name| name.starts_with("dana") && name.ends_with(".key"))
        .expect("a key file");
    assert!(
        sandbox
            .read(&key)
            .starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    );
    if let Some(openssl) = openssl() {
        openssl
            .run(sandbox.folder(), &["req", "-in", "dana.csr", "-noout", "-verify"])
            .ok();
    }
    let json = sandbox
        .line("issue --class 1 --email dana@example.com --csr dana.csr --evidence mailbox=x --out out --format json")
        .ok()
        .json();
    assert!(json["files"]["p12"].is_null());
    assert_eq!(
        sandbox.files("out"),
        ["dana@example.com.chain.pem", "dana@example.com.crt"]
    );
    sandbox
        .cachet(&[
            "p12",
            "pack",
            "--key",
            &key,
            "--cert",
            "out/dana@example.com.crt",
            "--chain",
            "out/dana@example.com.chain.pem",
            "--out",
            "dana.p12",
            "--passphrase-file",
            "keypw",
            "--p12-password-file",
            "pw",
        ])
        .ok();
    sandbox
        .line("inspect dana.p12 --password-file pw")
        .ok()
        .says("dana@example.com");
}

#[test]
fn wishes_are_filtered_and_named() {
    let sandbox = with_ca();
    let Some(openssl) = openssl() else { return };
    openssl
        .run(
            sandbox.folder(),
            &[
                "req",
                "-new",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "e.key",
                "-out",
                "e.csr",
                "-subj",
                "/C=FR/O=Evil Corp/CN=Someone Else",
                "-addext",
                "subjectAltName=email:other@example.com,DNS:www.example.com",
                "-addext",
                "extendedKeyUsage=serverAuth",
                "-addext",
                "basicConstraints=critical,CA:TRUE",
            ],
        )
        .ok();
    sandbox
        .line("issue --class 1 --email eve@example.com --csr e.csr --evidence mailbox=x")
        .ok()
        .says("Evil Corp")
        .says("other@example.com");
    let text = openssl
        .run(
            sandbox.folder(),
            &["x509", "-in", "eve@example.com.crt", "-noout", "-text"],
        )
        .ok()
        .text();
    for wish in [
        "Evil",
        "serverAuth",
        "TLS Web Server",
        "other@example.com",
        "www.example.com",
        "CA:TRUE",
    ] {
        assert!(!text.contains(wish), "{wish} in\n{text}");
    }
}

#[test]
fn a_request_with_a_bad_signature_is_refused() {
    let sandbox = with_ca();
    sandbox.write("keypw", "key passphrase\n");
    sandbox
        .line("csr new --email dana@example.com --key ec-p256 --out dana.csr --passphrase-file keypw")
        .ok();
    let Some(openssl) = openssl() else { return };
    openssl
        .run(
            sandbox.folder(),
            &["req", "-in", "dana.csr", "-outform", "DER", "-out", "dana.der"],
        )
        .ok();
    let mut der = sandbox.read("dana.der");
    *der.last_mut().unwrap() ^= 1;
    sandbox.write("bad.csr", der);
    sandbox
        .line("issue --class 1 --email dana@example.com --csr bad.csr --evidence mailbox=x")
        .exits(1)
        .says("signature");
    sandbox.write("foreign.csr", "not a request");
    sandbox
        .line("issue --class 1 --email dana@example.com --csr foreign.csr --evidence mailbox=x")
        .exits(1)
        .says("foreign.csr");
    assert_eq!(
        sandbox
            .line("cert list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_key_is_taken_in_its_one_form_only() {
    let sandbox = with_ca();
    let Some(openssl) = openssl() else { return };
    let run = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        openssl.run(sandbox.folder(), &words).ok();
    };
    run("ecparam -name prime256v1 -genkey -noout -out plain.key");
    run("ec -in plain.key -conv_form compressed -out short.key");
    for name in ["plain", "short"] {
        run(&format!(
            "req -new -key {name}.key -subj /CN={name} -out {name}.csr"
        ));
    }
    let issue = |name: &str| {
        sandbox.line(&format!(
            "issue --class 1 --email {name}@example.com --csr {name}.csr --evidence mailbox=x --out {name}"
        ))
    };
    issue("plain").ok();
    // Else a key that was revoked, or the CA's own, would pass for another one.
    issue("short").exits(1).says("compressed point");
}
