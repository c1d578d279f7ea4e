//! Two readers of CMS, one message: what OpenSSL and this crate make of damaged signatures.
//!
//! Nothing that OpenSSL refuses because of a digest or a signature may be valid here; and what OpenSSL accepts is valid
//! here too, with the same content, or there is a reason. `CACHET_DIFFERENTIAL` says how many mutations there are (`just
//! differential`).

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::mutate::Mutator;
use super::pki::{have, pki, run, sign_options, signed};
use super::{root, trusting};
use smime::report::Verdict;
use smime::{MemorySpool, SignForm};

/// How many mutations there are, if the environment does not say.
const MUTATIONS: usize = 200;

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nA short text.\r\n";

/// Of a hundred mutations, how many OpenSSL alone may accept. It re-encodes signed attributes before it hashes them, and so
/// repairs some; it takes any name for the type of the content, and any for the signature algorithm of an EC key.
const MOST_REFUSED_HERE_ALONE: usize = 3;

/// How the outcome begins that needs a reason.
const ONLY_OPENSSL: &str = "only OpenSSL accepts it, here it is refused";

#[test]
fn nothing_is_valid_here_that_openssl_refuses_for_its_signature() {
    if !have("openssl") {
        return;
    }
    let mutations = std::env::var("CACHET_DIFFERENTIAL").ok();
    let mutations = mutations.map_or(MUTATIONS, |text| text.parse().unwrap());
    let seeds = seeds();
    let mut mutator = Mutator::new(7);
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..mutations {
        let seed = &seeds[number % seeds.len()];
        let message = match number / seeds.len() % 2 {
            0 => mutator.flip(seed),
            _ => mutator.mutate(seed, seed),
        };
        let outcome = compare(&message);
        *tally.entry(outcome).or_default() += 1;
    }
    for (outcome, count) in &tally {
        eprintln!("{count:6}  {outcome}");
    }
    let alone = tally
        .iter()
        .filter(|(outcome, _)| outcome.starts_with(ONLY_OPENSSL));
    let alone: usize = alone.map(|(_, count)| count).sum();
    assert!(
        alone * 100 <= mutations.max(100) * MOST_REFUSED_HERE_ALONE,
        "{alone} of {mutations}"
    );
}

/// Messages that both find valid.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for name in ["rsa", "p256"] {
        let mut options = sign_options();
        options.form = SignForm::Opaque;
        let message = signed(name, CONTENT, &options);
        let parsed = smime::mime::Message::parse(&message);
        seeds.push(parsed.decoded_body().unwrap().into_owned());
        let scratch = pki().scratch();
        scratch.write("m", CONTENT);
        let [certificate, key, chain] =
            ["pem", "key", "chain"].map(|end| pki().path(&format!("{name}.{end}")));
        let arguments = [
            "cms",
            "-sign",
            "-nodetach",
            "-stream",
            "-binary",
            "-outform",
            "DER",
            "-in",
            "m",
            "-out",
            "s",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            &chain,
        ];
        scratch.openssl(&arguments).succeed();
        seeds.push(scratch.read("s"));
    }
    for seed in &seeds {
        assert_eq!(compare(seed), "both accept it");
    }
    seeds
}

/// Asks both; returns what they made of it in words.
fn compare(message: &[u8]) -> String {
    let (theirs, said) = openssl(message);
    let ours = ours(message);
    let hex = || hex::encode(message);
    match (theirs, ours) {
        (Some(theirs), Ok(ours)) => {
            assert!(theirs == ours, "each reads another content: {}", hex());
            "both accept it".to_owned()
        }
        (None, Err(_)) => "both refuse it".to_owned(),
        (None, Ok(_)) => {
            let of_signature = [
                "digest failure",
                "verification failure",
                "signature failure",
                "bad signature",
            ];
            assert!(
                !of_signature.iter().any(|reason| said.contains(reason)),
                "valid here, but OpenSSL says {said}: {}",
                hex()
            );
            format!("valid here, while OpenSSL says {}", first_reason(&said))
        }
        (Some(_), Err(reason)) => {
            // The reason is a finding's code or an error.
            assert!(!reason.is_empty(), "refused without a reason: {}", hex());
            format!("{ONLY_OPENSSL}: {reason}")
        }
    }
}

/// The content if OpenSSL accepts the message, and what it says otherwise.
fn openssl(message: &[u8]) -> (Option<Vec<u8>>, String) {
    let root = pki().path("root.pem");
    let arguments = ["cms", "-verify", "-binary", "-inform", "DER", "-CAfile", &root];
    let output = run(Path::new("/"), "openssl", &arguments, message);
    ((output.code == 0).then_some(output.stdout), output.stderr)
}

/// The content if the message is valid here, otherwise the reason.
fn ours(message: &[u8]) -> Result<Vec<u8>, String> {
    let anchors = root();
    let mut options = trusting(&anchors);
    options.any_sender = true;
    let held = smime::verify(message, &options, MemorySpool::new()).map_err(|error| error.to_string())?;
    let report = held.report().clone();
    if report.verdict == Verdict::Valid {
        let mut content = Vec::new();
        held.into_content().unwrap().read_to_end(&mut content).unwrap();
        return Ok(content);
    }
    let errors = report.findings.iter().filter(|finding| finding.is_error());
    let codes: Vec<_> = errors.map(|finding| finding.code.to_string()).collect();
    assert!(
        !codes.is_empty() || report.verdict != Verdict::Invalid,
        "{report:?}"
    );
    Err(format!(
        "{} ({})",
        codes.first().cloned().unwrap_or_default(),
        report.verdict
    ))
}

/// The last part of OpenSSL's first error line.
fn first_reason(said: &str) -> &str {
    let line = said
        .lines()
        .find(|line| line.contains(":error:"))
        .unwrap_or(said.trim());
    line.split(':').nth(5).unwrap_or(line)
}
