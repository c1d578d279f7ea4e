//! A lab whose students use different programs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use test_support::openssl;

use crate::authority::{PASSWORD, PEOPLE, authority, gpgsm_with, nss_with};

const ENTITY: &[u8] = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nMy work.\r\nSecond line.\r\n";

/// The header that a mail program writes, and a server above it.
fn header(from: &str) -> String {
    format!(
        "Received: from client by server.example.com; Wed, 02 Sep 2026 08:00:00 +0000\r\nFrom: {from}\r\nTo: t@example.com\r\n\
         Subject: Lab\r\nMIME-Version: 1.0\r\n"
    )
}

fn lines(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)));
    lines.collect()
}

fn opaque(from: &str, der: &[u8]) -> String {
    let kind = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    format!("{}{kind}{}", header(from), lines(der))
}

fn clear(from: &str, der: &[u8]) -> String {
    let kind = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"b0\"\r\n\r\n";
    let signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    format!(
        "{}{kind}--b0\r\n{}\r\n--b0\r\n{signature}{}--b0--\r\n",
        header(from),
        String::from_utf8_lossy(ENTITY),
        lines(der)
    )
}

fn status(folder: &str, address: &str) -> String {
    let run = authority().cachet(&[
        "--format", "json", "lab", "check", "--folder", folder, "--roster", "lab.csv", "--trust", "root.pem",
    ]);
    let json = run.json();
    let students = json["students"].as_array().unwrap();
    let student = students
        .iter()
        .find(|student| student["email"] == address)
        .unwrap();
    format!("{} {}", student["status"].as_str().unwrap(), student["reasons"])
}

#[test]
fn mails_of_other_programs_pass_and_fail_as_ours_do() {
    let addresses: String = PEOPLE
        .iter()
        .map(|person| format!("{}\n", person.address))
        .collect();
    authority().write("lab.csv", format!("email\n{addresses}"));
    let check = |name: &str, address: &str, mail: String| {
        let folder = format!("lab-{name}");
        authority().write(&format!("{folder}/1.eml"), &mail);
        assert_eq!(status(&folder, address), "ok []", "{name}");
        // What its signature covers is changed.
        if mail.contains("My work") {
            authority().write(&format!("{folder}/1.eml"), mail.replace("My work", "Our work"));
            let found = status(&folder, address);
            assert!(
                found.starts_with("failed ") && found.contains("\"altered\""),
                "{name}: {found}"
            );
        }
    };
    let person = &PEOPLE[0];
    if let Some(openssl) = openssl() {
        authority().write("lab-entity", ENTITY);
        for (name, flags) in [
            ("openssl-clear", &[][..]),
            ("openssl-opaque", &["-nodetach", "-stream"]),
        ] {
            let (certificate, key, chain) = (person.certificate(), person.key_file(), person.chain());
            let mut arguments = vec![
                "cms",
                "-sign",
                "-in",
                "lab-entity",
                "-signer",
                &certificate,
                "-inkey",
                &key,
                "-certfile",
                &chain,
                "-out",
                "lab.tmp",
            ];
            arguments.extend(flags);
            openssl.run(authority().folder(), &arguments).ok();
            let signed = String::from_utf8(authority().read("lab.tmp")).unwrap();
            let header = header(person.address).replace("MIME-Version: 1.0\r\n", "");
            check(name, person.address, format!("{header}{signed}"));
        }
        // The signer's certificate alone.
        let (certificate, key) = (person.certificate(), person.key_file());
        let arguments = [
            "cms",
            "-sign",
            "-in",
            "lab-entity",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-out",
            "lab.tmp",
        ];
        openssl.run(authority().folder(), &arguments).ok();
        let signed = String::from_utf8(authority().read("lab.tmp")).unwrap();
        let header = header(person.address).replace("MIME-Version: 1.0\r\n", "");
        authority().write("lab-lacks/1.eml", format!("{header}{signed}"));
        let found = status("lab-lacks", person.address);
        assert!(
            found.starts_with("failed ") && found.contains("\"unknown-issuer\""),
            "{found}"
        );
    }
    for person in PEOPLE.iter().filter(|person| person.nss) {
        let Some(nss) = nss_with(person) else { continue };
        let der = nss.sign(person.address, ENTITY, false).ok().stdout;
        check(
            &format!("nss-opaque-{}", person.key),
            person.address,
            opaque(person.address, &der),
        );
        let der = nss.sign(person.address, ENTITY, true).ok().stdout;
        check(
            &format!("nss-clear-{}", person.key),
            person.address,
            clear(person.address, &der),
        );
    }
    if let Some(gpgsm) = gpgsm_with(person) {
        let der = gpgsm.sign(person.address, ENTITY, false, PASSWORD).ok().stdout;
        check("gpgsm-opaque", person.address, opaque(person.address, &der));
        let der = gpgsm.sign(person.address, ENTITY, true, PASSWORD).ok().stdout;
        check("gpgsm-clear", person.address, clear(person.address, &der));
    }
}
