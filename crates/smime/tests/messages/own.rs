//! What is written here is read here too: every kind of key, both forms, encrypted and not.

use smime::verify::{VerifyOptions, verify};
use smime::{Discard, SignForm};

use crate::pki::*;

#[test]
fn every_signature_is_valid_here() {
    let roots = [pki().public("root")];
    let mut options = VerifyOptions::new(now());
    options.anchors = &roots;
    for (name, _) in HOLDERS {
        for form in [SignForm::Clear, SignForm::Opaque] {
            let mut how = sign_options();
            how.form = form;
            let message = signed(name, "Grüße\n".as_bytes(), &how);
            let (opened, _) = decrypted("p256", &encrypted(&["p256"], &message, &encrypt_options())).unwrap();
            for message in [message, opened] {
                let held = verify(&message[..], &options, Discard).unwrap();
                assert_eq!(
                    held.report().verdict.to_string(),
                    "valid",
                    "{name} {form:?}: {:?}",
                    held.report()
                );
            }
        }
    }
}
