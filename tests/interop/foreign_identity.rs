//! An identity issued by `openssl x509` alone signs, encrypts and opens with no CA directory.

use test_support::{Sandbox, openssl};

#[test]
fn an_identity_made_by_openssl_needs_no_ca_directory() {
    let Some(openssl) = openssl() else { return };
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let folder = sandbox.folder();
    sandbox.write(
        "leaf.cnf",
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=emailProtection\n\
         subjectAltName=email:dora@example.net\n",
    );
    sandbox.write("pw", "secret\n");
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Foreign",
        "req -new -newkey rsa:2048 -nodes -keyout dora.key -out dora.csr -subj /CN=Dora",
        "x509 -req -in dora.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -extfile leaf.cnf -out dora.pem",
        "pkcs12 -export -inkey dora.key -in dora.pem -certfile ca.pem -passout pass:secret -out dora.p12",
    ] {
        openssl
            .run(folder, &arguments.split(' ').collect::<Vec<_>>())
            .ok();
    }
    let bundle = [sandbox.read("dora.key"), sandbox.read("dora.pem")].concat();
    sandbox.write("dora.bundle", bundle);

    for identity in ["dora.p12 --identity-password-file pw", "dora.bundle"] {
        sandbox
            .cachet_with_input(
                &format!("mail sign --identity {identity} --out signed.eml --overwrite")
                    .split(' ')
                    .collect::<Vec<_>>(),
                b"With a foreign certificate.\n",
            )
            .ok();
        sandbox.line("mail verify --trust ca.pem signed.eml").ok();
        let json = sandbox
            .line("--format json mail verify signed.eml")
            .exits(4)
            .json();
        assert_eq!(
            json["verdict"], "indeterminate",
            "no root is trusted yet: {json:#}"
        );
        openssl
            .run(
                folder,
                &[
                    "cms",
                    "-verify",
                    "-in",
                    "signed.eml",
                    "-CAfile",
                    "ca.pem",
                    "-purpose",
                    "smimesign",
                ],
            )
            .ok();

        sandbox
            .line("mail encrypt --to dora.pem --out sealed.eml --overwrite signed.eml")
            .ok();
        sandbox
            .line(&format!(
                "mail decrypt --identity {identity} --out opened.eml --overwrite sealed.eml"
            ))
            .ok();
        sandbox
            .line("mail verify --trust ca.pem opened.eml")
            .ok()
            .says("valid");
    }
    assert!(!sandbox.path("ca-data").exists());
}
