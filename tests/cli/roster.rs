//! `cachet issue --roster`: a whole class at once, from the lists that people have.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use test_support::{Run, Sandbox, openssl, run};

use crate::fixture::{empty, with_ca};

const FLAGS: &str = "--class 1 --key ec-p256 --evidence mailbox=list --out out";

/// A list of so many people.
fn people(count: usize) -> String {
    let rows = (1..=count).map(|number| format!("p{number}@example.org\n"));
    std::iter::once("email\n".to_owned()).chain(rows).collect()
}

fn issue(sandbox: &Sandbox, roster: &str, rest: &str) -> Run {
    sandbox.line(&format!("issue --roster {roster} {FLAGS} {rest}"))
}

fn listed(sandbox: &Sandbox) -> Vec<Value> {
    let all = sandbox.line("cert list --format json").ok().json();
    all.as_array().unwrap().clone()
}

/// Asserts that everybody has one valid certificate, and a P12 with its key that opens with the password beside it.
fn assert_whole(sandbox: &Sandbox, addresses: &[String], of: &str) {
    let all = listed(sandbox);
    let held: Vec<_> = all.iter().map(|one| one["emails"][0].as_str().unwrap()).collect();
    assert_eq!(
        held.len(),
        addresses.len(),
        "{of}: one certificate each: {held:?}"
    );
    let unique: BTreeSet<_> = held.iter().collect();
    assert_eq!(unique.len(), held.len(), "{of}: nobody has two");
    assert!(all.iter().all(|one| one["status"] == "valid"), "{of}");
    let manifest = String::from_utf8(sandbox.read("out/issued.csv")).unwrap();
    for address in addresses {
        let serial = all
            .iter()
            .find(|one| one["emails"][0] == address.as_str())
            .and_then(|one| one["serial"].as_str())
            .unwrap_or_else(|| panic!("{of}: {address} has none"));
        assert!(manifest.contains(serial), "{of}: {address} is in the manifest");
        let shown = sandbox
            .line(&format!(
                "inspect out/{address}.p12 --password-file out/{address}.p12.password --format json"
            ))
            .ok()
            .text();
        assert!(shown.contains(serial), "{of}: {address}: {shown}");
    }
    let others: Vec<_> = sandbox.files("out");
    assert!(
        !others
            .iter()
            .any(|name| name.ends_with(".part") || name.ends_with(".tmp")),
        "{of}: {others:?}"
    );
    sandbox.line("status").ok();
    sandbox.line("audit verify").ok();
}

#[test]
fn lists_as_people_have_them_give_the_same() {
    let expected = ["Zoé Noël", "Bob O'Neil", "Le \"Grand\", Carl"];
    let utf8 = "E-mail;Prénom;Nom\r\nzoe@example.org;Zoé;Noël\r\n\r\n\"bob@example.org\";Bob;O'Neil\r\n;;\r\ncarl@example.org;\"Le \"\"Grand\"\",\";Carl\r\n";
    let latin1: Vec<u8> = utf8
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let marked = [&b"\xef\xbb\xbf"[..], utf8.as_bytes()].concat();
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain(utf8.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("latin1.csv", latin1),
        ("marked.csv", marked),
        ("utf16.csv", utf16),
        ("plain.csv", utf8.as_bytes().to_vec()),
    ] {
        let sandbox = with_ca();
        sandbox.write(name, bytes);
        sandbox
            .line(&format!(
                "issue --roster {name} --class 2 --key ec-p256 --evidence mailbox=x --evidence document=x --evidence database=x --out out"
            ))
            .ok()
            .says("Issued               3");
        let manifest = String::from_utf8(sandbox.read("out/issued.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(manifest.as_bytes());
        let names: Vec<_> = rows.records().map(|row| row.unwrap()[1].to_owned()).collect();
        assert_eq!(names, expected, "{name}");
        sandbox
            .line("cert show zoe@example.org")
            .ok()
            .says("GN=Zoé,SN=Noël");
    }
}

#[test]
fn all_faults_are_told_before_anything_is_issued() {
    let sandbox = with_ca();
    sandbox.write(
        "list.csv",
        "email,class,key,usage,days\n\
         a@example.org,1,ec-p256,dual,30\n\
         a@example.org,1,,,\n\
         nobody,1,,,\n\
         ,1,,,\n\
         b@example.org,7,,,\n\
         c@example.org,1,rsa-1,,\n\
         d@example.org,1,,both,\n\
         e@example.org,1,,,never\n\
         f@example.org,2,,,\n",
    );
    let refused = sandbox
        .line("issue --roster list.csv --evidence mailbox=x --out out")
        .exits(1);
    let all = format!("{}{}", refused.text(), refused.stderr);
    for words in [
        "row 3, column A \"email\": a@example.org stands in row 2 already",
        "row 4, column A \"email\": \"nobody\"",
        "row 5, column A \"email\"",
        "row 6, column B \"class\"",
        "row 7, column C \"key\"",
        "row 8, column D \"usage\"",
        "row 9, column E \"days\"",
        "row 10",
    ] {
        assert!(all.contains(words), "no {words:?} in {all}");
    }
    assert_eq!(listed(&sandbox).len(), 0);
    assert!(!sandbox.path("out").exists(), "nothing is written");
    for (list, words) in [
        ("", "email"),
        ("email\n", "nobody"),
        ("name,class\nZoé,1\n", "email"),
        ("email,email\na@example.org,b@example.org\n", "email"),
    ] {
        sandbox.write("list.csv", list);
        let refused = sandbox
            .line("issue --roster list.csv --class 1 --evidence mailbox=x --out out")
            .exits(1);
        let all = format!("{}{}", refused.text(), refused.stderr);
        assert!(all.contains(words), "{list:?}: {all}");
    }
}

#[test]
fn each_holder_gets_an_archive_and_the_password_apart() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    sandbox.write(
        "list.csv",
        "email,name\nzoe@example.org,Zoé <Noël>\nbob@example.org,Bob\n",
    );
    let run = issue(&sandbox, "list.csv", "--language fr --format json").ok();
    let all = run.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["action"], "issued");
    let fingerprint = sandbox
        .line("trust export --for pem --out again.pem --format json")
        .ok()
        .json()["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let sheet = String::from_utf8(sandbox.read("out/passwords.html")).unwrap();
    for (address, name) in [
        ("zoe@example.org", "Zoé &lt;Noël&gt;"),
        ("bob@example.org", "Bob"),
    ] {
        let password = String::from_utf8(sandbox.read(&format!("out/{address}.p12.password"))).unwrap();
        let password = password.trim_end();
        assert!(sheet.contains(password) && sheet.contains(name), "{sheet}");
        let list = "import sys, zipfile\n\
                    archive = zipfile.ZipFile(sys.argv[1])\n\
                    assert archive.testzip() is None\n\
                    archive.extractall(sys.argv[2])\n\
                    print(*sorted(archive.namelist()), sep='\\n')\n";
        let unpacked = sandbox.path(&format!("unpacked-{address}"));
        let mut python = std::process::Command::new("python3");
        python
            .args(["-c", list])
            .arg(sandbox.path(&format!("out/{address}.zip")))
            .arg(&unpacked);
        let names = test_support::run(&mut python, b"").ok().text();
        let expected = [
            "notice.html".to_owned(),
            "root.crt".to_owned(),
            format!("{address}.compat.p12"),
            format!("{address}.p12"),
        ];
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(names.lines().collect::<Vec<_>>(), expected);
        let page = std::fs::read_to_string(unpacked.join("notice.html")).unwrap();
        for words in [name, &fingerprint, "Vos certificats", address] {
            assert!(page.contains(words), "no {words:?} in {page}");
        }
        let bytes = sandbox.read(&format!("out/{address}.zip"));
        assert!(
            !bytes
                .windows(password.len())
                .any(|found| found == password.as_bytes()),
            "the password is not in the archive"
        );
        assert_eq!(
            std::fs::read(unpacked.join("root.crt")).unwrap(),
            sandbox.read("root.pem")
        );
        // Somebody else's program opens both, with the password from the sheet.
        for file in [format!("{address}.p12"), format!("{address}.compat.p12")] {
            sandbox.write("slip", format!("{password}\n"));
            let file = unpacked.join(file).display().to_string();
            let words = [
                "pkcs12",
                "-in",
                &file,
                "-passin",
                "file:slip",
                "-nodes",
                "-legacy",
            ];
            let opened = openssl.run(sandbox.folder(), &words).ok().text();
            assert!(opened.contains("PRIVATE KEY"), "{opened}");
        }
    }
    use std::os::unix::fs::PermissionsExt as _;
    for name in [
        "passwords.html",
        "zoe@example.org.zip",
        "zoe@example.org.p12.password",
    ] {
        let mode = std::fs::metadata(sandbox.path(&format!("out/{name}"))).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
    // Again, with one more: the others keep theirs, and only the new one has a slip to print.
    sandbox.write(
        "list.csv",
        "email,name\nzoe@example.org,Zoé\nbob@example.org,Bob\ncarl@example.org,Carl\n",
    );
    issue(&sandbox, "list.csv", "")
        .ok()
        .says("Kept                 2");
    let second = String::from_utf8(sandbox.read("out/passwords-2.html")).unwrap();
    assert!(second.contains("carl@example.org") && !second.contains("zoe@example.org"));
    // Whoever leaves the list is still known.
    sandbox.write("list.csv", "email\ncarl@example.org\n");
    issue(&sandbox, "list.csv", "")
        .ok()
        .says("Kept      1")
        .says("bob@example.org");
    let manifest = String::from_utf8(sandbox.read("out/issued.csv")).unwrap();
    assert!(manifest.contains("zoe@example.org"), "{manifest}");
}

#[test]
fn one_person_gets_a_handout_too() {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email a@example.org --key ec-p256 --evidence mailbox=x --handout --out out")
        .ok()
        .says("a@example.org.zip");
    assert_eq!(
        sandbox.files("out"),
        [
            "a@example.org.chain.pem",
            "a@example.org.compat.p12",
            "a@example.org.crt",
            "a@example.org.p12",
            "a@example.org.p12.password",
            "a@example.org.p12.password.html",
            "a@example.org.zip",
        ]
    );
}

#[test]
fn killed_at_each_step_the_same_command_ends_it() {
    let addresses: Vec<_> = (1..=3).map(|number| format!("p{number}@example.org")).collect();
    for point in [
        "staging.all-noted",
        "staging.all-created",
        "roster.staged",
        "roster.reserved",
        "roster.recorded",
        "roster.written",
        "batch.written",
        "batch.named:7",
        "batch.named:12",
        "roster.named",
        "roster.handed-out",
        "staging.all-removed",
        "roster.unstaged",
        "roster.results",
        "roster.sheet",
        "roster.manifest",
    ] {
        let sandbox = with_ca();
        sandbox.write("list.csv", people(3));
        let mut command = sandbox.command();
        command
            .args(format!("issue --roster list.csv {FLAGS}").split(' '))
            .env("CACHET_FAILPOINT", point);
        let died = run(&mut command, b"");
        assert_eq!(died.code, None, "killed at {point}: {died:?}");
        let before: Vec<_> = listed(&sandbox);
        issue(&sandbox, "list.csv", "").ok();
        assert_whole(&sandbox, &addresses, point);
        let after = listed(&sandbox);
        for one in before.iter().filter(|one| one["status"] == "valid") {
            assert!(
                after.iter().any(|other| other["serial"] == one["serial"]),
                "{point}: {one} is still the one"
            );
        }
    }
}

#[test]
fn killed_at_any_moment_the_same_command_ends_it() {
    let sandbox = with_ca();
    sandbox.write("list.csv", people(300));
    let addresses: Vec<_> = (1..=300).map(|number| format!("p{number}@example.org")).collect();
    let mut kills = 0;
    for wait in [40, 90, 150, 230, 60, 310, 120, 420] {
        let mut command = sandbox.command();
        command
            .args(format!("issue --roster list.csv {FLAGS}").split(' '))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        kills += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(kills > 2, "it was interrupted {kills} times");
    issue(&sandbox, "list.csv", "").ok();
    assert_whole(&sandbox, &addresses, "at any moment");
}

#[test]
fn who_has_a_certificate_already_is_told_or_kept() {
    let sandbox = with_ca();
    crate::fixture::issue(&sandbox, "p2@example.org");
    sandbox.write("list.csv", people(3));
    let refused = issue(&sandbox, "list.csv", "").exits(1);
    assert!(refused.stderr.contains("row 3"), "{}", refused.stderr);
    assert_eq!(listed(&sandbox).len(), 1, "nothing was issued");
    issue(&sandbox, "list.csv", "--if-missing")
        .ok()
        .says("Issued               2")
        .says("Kept                 1");
    assert_eq!(listed(&sandbox).len(), 3);
    let other = with_ca();
    crate::fixture::issue(&other, "p2@example.org");
    other.write("list.csv", people(3));
    issue(&other, "list.csv", "--another")
        .ok()
        .says("Issued               3");
    assert_eq!(listed(&other).len(), 4);
}

#[test]
fn what_belongs_to_one_person_is_not_for_a_roster() {
    let sandbox = empty();
    for rest in [
        "--email a@example.org",
        "--csr a.csr",
        "--given-name Zoé",
        "--renew-within 7d",
    ] {
        sandbox
            .line(&format!("issue --roster list.csv --class 1 --out out {rest}"))
            .exits(2)
            .says("cannot be used with");
    }
    sandbox
        .line("issue --roster list.csv --class 1")
        .exits(2)
        .says("--out");
}

/// `just long`: as many as a large school has, in a room that does not grow with them.
#[test]
#[ignore = "takes a minute"]
fn the_room_does_not_grow_with_the_list() {
    let peak = |count: usize| {
        let sandbox = with_ca();
        sandbox.write("list.csv", people(count));
        let mut command = sandbox.command();
        command.args(format!("issue --roster list.csv {FLAGS}").split(' '));
        test_support::peak_memory(command).own
    };
    let (few, many) = (peak(500), peak(5_000));
    assert!(many < few + (4 << 20), "{few} octets with 500, {many} with 5,000");
}
