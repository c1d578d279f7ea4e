//! What the libraries write that Java and Python programs are made with.

use identity::identity::{Identity, IdentityError};
use identity::pkcs12::{Contents, Pkcs12Error, ReadOptions, read};
use test_support::{Driver, bouncy_castle, openssl, python};

use super::{certificate, folder, passphrase};

/// A file asked of a library, and what we are to find in it.
struct Wanted {
    kind: &'static str,
    password: &'static str,
    certificates: &'static str,
    keys: &'static str,
    chain: &'static str,
    /// Only read where that is asked for.
    weak: bool,
    found: (usize, usize),
}

const fn wanted(kind: &'static str, found: (usize, usize)) -> Wanted {
    Wanted {
        kind,
        password: "secret",
        certificates: "rsa.pem",
        keys: "rsa.pk8",
        chain: "sub.pem",
        weak: false,
        found,
    }
}

#[test]
fn bouncy_castle_writes() {
    let Some(library) = bouncy_castle() else { return };
    let files = [
        // Its key stores: BER, or DER.
        Wanted {
            weak: true,
            ..wanted("PKCS12", (1, 2))
        },
        Wanted {
            weak: true,
            ..wanted("PKCS12-DEF", (1, 2))
        },
        wanted("PKCS12-3DES-3DES", (1, 2)),
        wanted("PKCS12-DEF-3DES-3DES", (1, 2)),
        Wanted {
            certificates: "rsa.pem,p256.pem",
            keys: "rsa.pk8,p256.pk8",
            ..wanted("PKCS12-3DES-3DES", (2, 3))
        },
        Wanted {
            keys: "-",
            chain: "-",
            ..wanted("PKCS12-3DES-3DES", (0, 1))
        },
        Wanted {
            password: "pässwörd €😀",
            ..wanted("PKCS12-3DES-3DES", (1, 2))
        },
        Wanted {
            password: "-",
            ..wanted("PKCS12-3DES-3DES", (1, 2))
        },
        // Put together piece by piece.
        wanted("aes", (1, 2)),
        wanted("aes-no-mac", (1, 2)),
        Wanted {
            weak: true,
            ..wanted("rc2-128", (1, 2))
        },
        Wanted {
            certificates: "-",
            chain: "-",
            ..wanted("aes", (1, 0))
        },
        Wanted {
            keys: "-",
            ..wanted("aes", (0, 2))
        },
        Wanted {
            password: "pässwörd €😀",
            ..wanted("aes", (1, 2))
        },
        wanted("plain", (1, 2)),
    ];
    judge(&library, &files);
}

#[test]
fn python_writes() {
    let Some(library) = python() else { return };
    let files = [
        wanted("best", (1, 2)),
        Wanted {
            password: "-",
            ..wanted("none", (1, 2))
        },
        wanted("PBESv1SHA1And3KeyTripleDESCBC:SHA1:2048", (1, 2)),
        wanted("PBESv2SHA256AndAES256CBC:SHA1:1", (1, 2)),
        wanted("PBESv2SHA256AndAES256CBC:SHA512:50000", (1, 2)),
        Wanted {
            certificates: "p256.pem",
            keys: "p256.pk8",
            ..wanted("best", (1, 2))
        },
        Wanted {
            certificates: "ed25519.pem",
            keys: "ed25519.pk8",
            ..wanted("best", (1, 2))
        },
        Wanted {
            certificates: "-",
            chain: "-",
            ..wanted("best", (1, 0))
        },
        Wanted {
            certificates: "-",
            keys: "-",
            ..wanted("best", (0, 1))
        },
        Wanted {
            password: "pässwörd €😀",
            ..wanted("best", (1, 2))
        },
    ];
    judge(&library, &files);
}

fn judge(library: &Driver, files: &[Wanted]) {
    if openssl().is_none() {
        return;
    }
    for name in ["rsa", "p256", "ed25519"] {
        super::run_openssl(&format!("pkcs8 -topk8 -nocrypt -in {name}.key -out {name}.pk8"));
    }
    let results = tempfile::tempdir().unwrap();
    let path = |names: &str| match names {
        "-" => "-".to_owned(),
        names => names
            .split(',')
            .map(|name| folder().join(name).display().to_string())
            .collect::<Vec<_>>()
            .join(","),
    };
    let jobs: Vec<String> = files
        .iter()
        .map(|file| {
            [
                "p12",
                file.kind,
                file.password,
                &path(file.certificates),
                &path(file.keys),
                &path(file.chain),
            ]
            .join("\t")
        })
        .collect();
    for (file, outcome) in files.iter().zip(library.answer(results.path(), &jobs)) {
        let label = format!("{} {} {}", file.kind, file.keys, file.certificates);
        let bytes = outcome.unwrap_or_else(|error| panic!("{label}: {error}"));
        assess(file, &bytes, &label);
    }
}

fn assess(file: &Wanted, bytes: &[u8], label: &str) {
    let password = (file.password != "-").then(|| passphrase(file.password));
    let open = |legacy| read(bytes, password.as_ref(), ReadOptions { legacy });
    let contents: Contents = open(true).unwrap_or_else(|error| panic!("{label}: {error}"));
    assert_eq!(contents.unread, Vec::<String>::new(), "{label}");
    assert_eq!(
        (contents.keys.len(), contents.certificates.len()),
        file.found,
        "{label}"
    );
    let refused = matches!(open(false), Err(Pkcs12Error::LegacyNeeded { .. }));
    assert_eq!(refused, file.weak, "{label}");

    let protected = !matches!(file.kind, "none" | "plain");
    let wrong = read(bytes, Some(&passphrase("wrong")), ReadOptions { legacy: true });
    if protected {
        assert!(matches!(wrong, Err(Pkcs12Error::WrongPassword)), "{label}");
    }
    let expected_mac = !(file.kind == "plain" || file.kind.ends_with("-no-mac"));
    assert_eq!(
        contents.mac.is_some(),
        expected_mac || file.kind == "none",
        "{label}"
    );

    let identities = Identity::from_pkcs12(bytes, password.as_ref(), ReadOptions { legacy: true });
    match file.found {
        (0, _) => assert!(matches!(identities, Err(IdentityError::NoKey { .. })), "{label}"),
        (_, 0) => assert!(
            matches!(identities, Err(IdentityError::NoCertificate { .. })),
            "{label}"
        ),
        (keys, _) => {
            let identities = identities.unwrap();
            assert_eq!(identities.len(), keys, "{label}");
            let leaf = certificate(file.certificates.split(['.', ',']).next().unwrap());
            let of_leaf = identities.iter().find(|found| found.certificate() == &leaf);
            assert_eq!(of_leaf.unwrap().chain(), [certificate("sub")], "{label}");
        }
    }
}
