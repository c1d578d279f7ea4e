//! OpenSSL's malformed CMS: each is refused with a typed error or a bad verdict, and none with a panic.

use identity::identity::Identity;
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptOptions, MemorySpool, decrypt};

use super::{corpus, read};

/// File, what verifying says, what decrypting says.
const MALFORMED: [(&str, &str, &str); 14] = [
    (
        "80-test_cms_data/bad_signtime_attr.cms",
        "invalid unsigned-attribute",
        "it is signed-data",
    ),
    (
        "80-test_cms_data/ciphertext_from_1_1_1.cms",
        "indeterminate encrypted",
        "nothing that was given",
    ),
    (
        "80-test_cms_data/ct_multiple_attr.cms",
        "invalid malformed-signature duplicate-attribute",
        "it is signed-data",
    ),
    (
        "80-test_cms_data/dh-malformed.der",
        "indeterminate encrypted",
        "nothing that was given",
    ),
    (
        "80-test_cms_data/ecdh-malformed.der",
        "indeterminate encrypted",
        "could not be decrypted",
    ),
    (
        "80-test_cms_data/no_ct_attr.cms",
        "invalid missing-attribute",
        "it is signed-data",
    ),
    (
        "80-test_cms_data/no_md_attr.cms",
        "invalid missing-attribute",
        "it is signed-data",
    ),
    (
        "80-test_cms_data/pkcs7-md4.pem",
        "invalid unsupported-algorithm",
        "it is signed-data",
    ),
    (
        "80-test_cms_data/pkcs7-md4-encrypted.pem",
        "which has no signature",
        "the message is not encrypted",
    ),
    (
        "80-test_cms_data/rsa-malformed.der",
        "indeterminate encrypted",
        "nothing that was given",
    ),
    (
        "25-test_pkcs7_data/malformed.pkcs7",
        "is malformed",
        "it is signed-data",
    ),
    (
        "80-test_cmsapi_data/cms_pwri_kek_oob.der",
        "indeterminate encrypted",
        "nothing that was given",
    ),
    (
        "80-test_cmsapi_data/encDataWithTooLongIV.pem",
        "indeterminate encrypted",
        "nothing that was given",
    ),
    (
        "80-test_cmsapi_data/encryptedData.der",
        "indeterminate encrypted",
        "nothing that was given",
    ),
];

#[test]
fn corpus_openssl_cms_malformed() {
    let Some(folder) = corpus("openssl-cms") else {
        return;
    };
    let folder = folder.join("recipes");
    let mut options = VerifyOptions::new("2026-01-01T00:00:00Z".parse().unwrap());
    options.any_sender = true;
    options.legacy = true;
    let mut legacy = DecryptOptions::default();
    legacy.legacy = true;
    let mut right = 0;
    for (name, verified, opened) in MALFORMED {
        let message = read(&folder.join(name));
        let judged = match verify(&message[..], &options, MemorySpool::new()) {
            Ok(held) => {
                let report = held.into_report();
                let codes: Vec<_> = report
                    .findings
                    .iter()
                    .map(|finding| finding.code.as_str())
                    .collect();
                format!("{} {}", report.verdict, codes.join(" "))
            }
            Err(error) => format!("{error}"),
        };
        // Where OpenSSL gives the key, it is the right one.
        let mut keys = Vec::new();
        if let Some(prefix) = name.strip_suffix("-malformed.der") {
            let pem = [
                read_if(&folder.join(format!("{prefix}-key.pem"))),
                read_if(&folder.join(format!("{prefix}-cert.pem"))),
            ]
            .concat();
            keys.extend(Identity::from_pem(&pem, None).unwrap_or_default());
        }
        let decrypted = match decrypt(&message[..], &keys, &legacy, MemorySpool::new()) {
            Ok(_) => "OPENED".to_owned(),
            Err(error) => format!("{error}"),
        };
        println!(
            "openssl-cms {name}: verify: {judged}; decrypt with {} keys: {decrypted}",
            keys.len()
        );
        right += usize::from(judged.contains(verified) && decrypted.contains(opened));
    }
    println!("openssl-cms: {right} of {} malformed messages", MALFORMED.len());
    assert_eq!(right, MALFORMED.len());
}

fn read_if(path: &std::path::Path) -> Vec<u8> {
    match path.exists() {
        true => read(path),
        false => Vec::new(),
    }
}
