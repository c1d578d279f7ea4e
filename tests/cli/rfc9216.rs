//! The chains of RFC 9216 through `cachet cert verify`: to their own root, to the other one by its cross-certificate, and
//! refused for the other use.

use test_support::Sandbox;
use test_support::corpus::corpus;

macro_rules! chains {
    ($($name:ident: $holder:literal, $usage:literal, $own:literal, $other:literal;)*) => {
        $(#[test]
        fn $name() {
            judge($holder, $usage, $own, $other);
        })*
    };
}

chains! {
    alice_sign: "alice", "sign", "ca.rsa", "ca.25519";
    alice_encrypt: "alice", "encrypt", "ca.rsa", "ca.25519";
    bob_sign: "bob", "sign", "ca.rsa", "ca.25519";
    bob_encrypt: "bob", "encrypt", "ca.rsa", "ca.25519";
    carlos_sign: "carlos", "sign", "ca.25519", "ca.rsa";
    carlos_encrypt: "carlos", "encrypt", "ca.25519", "ca.rsa";
    dana_sign: "dana", "sign", "ca.25519", "ca.rsa";
    dana_encrypt: "dana", "encrypt", "ca.25519", "ca.rsa";
}

fn judge(holder: &str, usage: &str, own: &str, other: &str) {
    let Some(folder) = corpus("rfc9216") else { return };
    let file = |name: &str| folder.join(format!("{name}.crt")).display().to_string();
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let verify = |root: &str, purpose: &str| {
        sandbox.cachet(&[
            "--now",
            "2026-01-01T00:00:00Z",
            "--format",
            "json",
            "cert",
            "verify",
            &file(&format!("{holder}.{usage}")),
            "--trust",
            &file(root),
            "--untrusted",
            &file("ca.rsa.cross"),
            "--untrusted",
            &file("ca.25519.cross"),
            "--email",
            &format!("{holder}@smime.example"),
            "--purpose",
            purpose,
        ])
    };
    let purpose = format!("smime-{usage}");
    for (root, length) in [(own, 2), (other, 3)] {
        let report = verify(root, &purpose).exits(0).json();
        assert_eq!(report["verdict"], "valid", "{report}");
        assert_eq!(report["chain"].as_array().unwrap().len(), length, "{report}");
    }
    let unfit = if usage == "sign" {
        "smime-encrypt"
    } else {
        "smime-sign"
    };
    let report = verify(own, unfit).exits(4).json();
    assert_eq!(report["status"], "wrong-purpose", "{report}");
}
