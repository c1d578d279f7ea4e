//! Our verdict beside OpenSSL's on paths that chance made up, and on PKITS paths with one octet changed.
//!
//! The seed is fixed; `CACHET_DIFFERENTIAL=N` tries N paths instead of a few (`just differential N`).

use const_oid::ObjectIdentifier;
use identity::{Certificate, PrivateKey, pem};
use smime::path::{ANY_POLICY, PathOptions, PathReport, Purpose, build_and_validate};
use smime::report::{Code, Verdict};
use test_support::corpus::pkits;

use super::made::{
    NOW, Plan, alternative_names, authority_key_identifier, basic_constraints, extended_key_usage,
    general_name, integer, key, key_usage, name_constraints, object, policies, sequence,
    subject_key_identifier, tlv,
};
use super::openssl::OpenSsl;

const FEW: usize = 200;

/// How often chance is asked.
fn rounds() -> usize {
    let asked = std::env::var("CACHET_DIFFERENTIAL").ok();
    asked.map_or(FEW, |rounds| rounds.parse().unwrap())
}

/// A small generator of numbers (xorshift64*): good enough to vary tests, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap() % limit
    }

    /// True once in `times`.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const EMAIL: &str = "1.3.6.1.5.5.7.3.4";
const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const POLICY_MAPPINGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.33");
const INHIBIT_ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.54");
const ANY: &str = "2.5.29.37.0";

struct Keys {
    root: PrivateKey,
    issuers: [PrivateKey; 2],
    leaf: PrivateKey,
    other: PrivateKey,
}

/// Adds what an authority may say, mostly rightly.
fn authority(chance: &mut Chance, subject: &str, issuer: &str, key: &PrivateKey) -> Plan {
    let mut plan = Plan::new(subject, issuer);
    if !chance.one_in(20) {
        let length = chance.of(&[None, None, None, Some(0), Some(1)]);
        let (oid, critical, value) = basic_constraints(!chance.one_in(12), length);
        plan = plan.with((oid, critical && !chance.one_in(6), value));
    }
    if !chance.one_in(5) {
        plan = plan.with(key_usage(chance.of(&[
            &[5, 6][..],
            &[5, 6],
            &[5],
            &[0, 5, 6],
            &[0, 6],
        ])));
    }
    if chance.one_in(2) {
        plan = plan.with(subject_key_identifier(key));
    }
    if chance.one_in(4) {
        plan = plan.with(extended_key_usage(chance.of(&[
            &[EMAIL][..],
            &[EMAIL, SERVER],
            &[SERVER],
            &[ANY],
        ])));
    }
    if chance.one_in(3) {
        let names = [
            "email:example.org",
            "email:.example.org",
            "email:a@example.org",
            "dns:example.org",
            "dir:O=School",
        ];
        let base = || general_name(names[0]);
        let drawn = general_name(chance.of(&names));
        let (permitted, excluded) = match chance.below(3) {
            0 => (vec![drawn], vec![]),
            1 => (vec![base(), drawn], vec![]),
            _ => (vec![], vec![drawn]),
        };
        plan = plan.with(name_constraints(&permitted, &excluded));
    }
    if !chance.one_in(3) {
        plan = plan.with(policies(chance.of(&[
            &["1.2.3.1"][..],
            &["1.2.3.1", "1.2.3.2"],
            &["2.5.29.32.0"],
            &["1.2.3.2"],
        ])));
        if chance.one_in(4) {
            // policyMappings: 1.2.3.1 goes on as 1.2.3.2.
            let mapping = sequence(&[object("1.2.3.1"), object("1.2.3.2")]);
            plan = plan.with(("2.5.29.33", true, sequence(&[mapping])));
        }
    }
    if chance.one_in(4) {
        // policyConstraints: requireExplicitPolicy and inhibitPolicyMapping.
        let skip = integer(chance.of(&[0, 1]));
        let field = tlv(chance.of(&[0x80, 0x81]), &skip[2..]);
        plan = plan.with(("2.5.29.36", true, sequence(&[field])));
    }
    if chance.one_in(6) {
        plan = plan.with(("2.5.29.54", true, integer(chance.of(&[0, 1]))));
    }
    seasoned(chance, plan)
}

/// Adds what may be wrong with any certificate.
fn seasoned(chance: &mut Chance, mut plan: Plan) -> Plan {
    if chance.one_in(25) {
        plan = plan.with(("1.2.3.4", chance.one_in(2), vec![5, 0]));
    }
    if chance.one_in(25) {
        plan.validity = chance.of(&[
            ["20200101000000Z", "20210101000000Z"],
            ["20270101000000Z", "20300101000000Z"],
        ]);
    }
    plan
}

fn leaf(chance: &mut Chance, issuer: &str) -> Plan {
    let subject = chance.of(&[
        "CN=A",
        "O=School,CN=A",
        "O=Other,CN=A",
        "O=School,CN=A,E=a@example.org",
        "CN=A,E=b@example.com",
    ]);
    let mut plan = Plan::new(subject, issuer);
    if !chance.one_in(4) {
        let names = [
            "email:a@example.org",
            "email:b@sub.example.org",
            "email:b@example.com",
            "dns:www.example.org",
        ];
        plan = plan.with(alternative_names(&[general_name(chance.of(&names))]));
    }
    if !chance.one_in(3) {
        plan = plan.with(key_usage(chance.of(&[
            &[0][..],
            &[0, 1],
            &[1],
            &[4],
            &[0, 4],
            &[2],
        ])));
    }
    if !chance.one_in(3) {
        plan = plan.with(extended_key_usage(chance.of(&[
            &[EMAIL][..],
            &[EMAIL, SERVER],
            &[SERVER],
            &[ANY],
        ])));
    }
    if !chance.one_in(3) {
        plan = plan.with(policies(chance.of(&[
            &["1.2.3.1"][..],
            &["1.2.3.2"],
            &["2.5.29.32.0"],
            &["1.2.3.1", "1.2.3.2"],
        ])));
    }
    if chance.one_in(4) {
        plan = plan.with(basic_constraints(false, None));
    }
    seasoned(chance, plan)
}

struct Question {
    anchors: [Certificate; 1],
    untrusted: Vec<Certificate>,
    leaf: Certificate,
    purpose: Purpose,
    explicit_policy: bool,
    inhibit_policy_mapping: bool,
    inhibit_any_policy: bool,
}

impl Question {
    fn draw(chance: &mut Chance, keys: &Keys) -> Self {
        let root = Plan::authority("CN=Root", "CN=Root", &keys.root).sign(&keys.root, &keys.root);
        let mut untrusted = Vec::new();
        let (mut issuer, mut issuer_key) = ("CN=Root", &keys.root);
        let names = [
            chance.of(&["CN=One", "O=School,CN=One"]),
            chance.of(&["CN=Two", "O=School,CN=Two", "CN=One"]),
        ];
        for (name, key) in names.into_iter().zip(&keys.issuers).take(1 + chance.below(2)) {
            let signed_by = if chance.one_in(40) {
                &keys.other
            } else {
                issuer_key
            };
            untrusted.push(authority(chance, name, issuer, key).sign(key, signed_by));
            (issuer, issuer_key) = (name, key);
        }
        let mut plan = leaf(chance, issuer);
        if chance.one_in(2) {
            plan = plan.with(authority_key_identifier(issuer_key));
        }
        Self {
            anchors: [root],
            leaf: plan.sign(
                &keys.leaf,
                if chance.one_in(40) {
                    &keys.other
                } else {
                    issuer_key
                },
            ),
            untrusted,
            purpose: chance.of(&[Purpose::SmimeSign, Purpose::Any]),
            explicit_policy: chance.one_in(3),
            inhibit_policy_mapping: chance.one_in(5),
            inhibit_any_policy: chance.one_in(5),
        }
    }

    fn ours(&self) -> PathReport {
        let mut options = PathOptions::new(NOW.parse().unwrap());
        options.purpose = self.purpose;
        options.explicit_policy = self.explicit_policy;
        options.inhibit_policy_mapping = self.inhibit_policy_mapping;
        options.inhibit_any_policy = self.inhibit_any_policy;
        build_and_validate(&self.leaf, &self.anchors, &self.untrusted, &options)
    }

    fn theirs(&self, openssl: &OpenSsl) -> Result<(), String> {
        let mut options = vec!["-policy", "2.5.29.32.0", "-policy_check"];
        if self.purpose == Purpose::SmimeSign {
            options.extend(["-purpose", "smimesign"]);
        }
        let switches = [
            (self.explicit_policy, "-explicit_policy"),
            (self.inhibit_policy_mapping, "-inhibit_map"),
            (self.inhibit_any_policy, "-inhibit_any"),
        ];
        options.extend(
            switches
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, option)| option),
        );
        openssl.verify(&self.anchors, &self.untrusted, &self.leaf, &options)
    }

    /// Why OpenSSL may accept what we refuse: a mistake of its own that is known.
    fn accusation(&self, report: &PathReport) -> Option<&'static str> {
        let policies_alone = report
            .findings
            .iter()
            .all(|finding| finding.code == Code::PolicyViolation);
        let says =
            |certificate: &Certificate, oid| certificate.extensions().any(|extension| extension.oid == oid);
        let maps_any = self.untrusted.iter().any(|certificate| {
            certificate.certificate_policies().contains(&ANY_POLICY) && says(certificate, POLICY_MAPPINGS)
        });
        let inhibited = self.inhibit_any_policy
            || self
                .untrusted
                .iter()
                .any(|certificate| says(certificate, INHIBIT_ANY_POLICY));
        (policies_alone && maps_any && inhibited)
            .then_some("it maps from an anyPolicy that is inhibited, and so no policy (RFC 5280 6.1.3 (d) (2), 6.1.4 (b))")
    }

    /// Everything needed to look into a difference.
    fn describe(&self, round: usize, report: &PathReport, theirs: &Result<(), String>) -> String {
        let certificates = [&self.untrusted[..], std::slice::from_ref(&self.leaf)].concat();
        format!(
            "{round}: {:?}, explicit policy {}, no mapping {}, no anyPolicy {}: ours {} {:?}, OpenSSL's {theirs:?}\n{}",
            self.purpose,
            self.explicit_policy,
            self.inhibit_policy_mapping,
            self.inhibit_any_policy,
            report.verdict,
            report.findings,
            pem::encode_certificates(&certificates)
        )
    }

    /// Why OpenSSL may refuse what we accept: for each of its errors a difference that is known.
    fn excuse(&self, errors: &str) -> Option<&'static str> {
        let certificates = || self.untrusted.iter().chain([&self.leaf]);
        let any_usage = certificates().any(|certificate| {
            let any: ObjectIdentifier = ANY.parse().unwrap();
            certificate
                .extended_key_usage()
                .is_some_and(|usages| usages.contains(&any))
        });
        let one_name = self
            .untrusted
            .windows(2)
            .any(|pair| pair[0].subject().matches(pair[1].subject()));
        let mut reason = None;
        for error in errors
            .split("; ")
            .filter(|error| !error.ends_with("verification failed"))
        {
            reason = Some(match error.split("lookup: ").nth(1)? {
                "unsuitable certificate purpose" if any_usage => {
                    "it does not take anyExtendedKeyUsage for mail, as RFC 8550 4.4.4 does"
                }
                "certificate signature failure" | "self-signed certificate in certificate chain"
                    if one_name =>
                {
                    "of two issuers of one name it tries one only"
                }
                _ => return None,
            });
        }
        reason
    }
}

#[test]
fn chance_paths_are_judged_as_openssl_judges_them() {
    let Some(openssl) = OpenSsl::find() else { return };
    let keys = Keys {
        root: key(),
        issuers: [key(), key()],
        leaf: key(),
        other: key(),
    };
    let mut chance = Chance(0x5eed_cafe_f00d);
    let (mut accepted, mut excused, mut wrong) = (0, 0, Vec::new());
    for round in 0..rounds() {
        let question = Question::draw(&mut chance, &keys);
        let report = question.ours();
        let ours = report.verdict == Verdict::Valid;
        accepted += usize::from(ours);
        let theirs = question.theirs(&openssl);
        let reason = match &theirs {
            Err(errors) if ours => question.excuse(errors),
            Ok(()) if !ours => question.accusation(&report),
            _ => None,
        };
        match reason {
            _ if ours == theirs.is_ok() => {}
            Some(reason) => {
                excused += 1;
                let verb = if ours { "refuses" } else { "accepts" };
                println!("{round}: OpenSSL {verb}, and we do not: {reason}");
            }
            None => wrong.push(question.describe(round, &report, &theirs)),
        }
    }
    println!(
        "{} paths, {accepted} accepted, {excused} judged otherwise for a reason",
        rounds()
    );
    assert!(
        wrong.is_empty(),
        "{} judged otherwise:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        accepted * 20 > rounds(),
        "chance finds too few sound paths to say anything"
    );
}

/// A path whose certificate was changed after it was signed is refused, whichever octet it was.
#[test]
fn pkits_paths_with_one_octet_changed_are_refused() {
    let Some(cases) = pkits::cases() else { return };
    let openssl = OpenSsl::find();
    let mut chance = Chance(0x0dd_ba11);
    let mut asked = 0;
    for case in cases.iter().filter(|case| case.valid && !case.legacy) {
        let read = |file: &std::path::PathBuf| std::fs::read(file).unwrap();
        let anchors = [Certificate::from_der(&read(&case.anchor)).unwrap()];
        let path: Vec<Vec<u8>> = case.intermediates.iter().chain([&case.leaf]).map(read).collect();
        for changed in 0..path.len() {
            let mut path = path.clone();
            let certificate = Certificate::from_der(&path[changed]).unwrap();
            // Behind the outer header lies what is signed.
            let start = path[changed].len() - certificate.signature().len() - certificate.tbs_der().len();
            let at = start.min(8) + chance.below(certificate.tbs_der().len() - 8);
            path[changed][at] ^= 1 << chance.below(8);
            let Ok(path) = path
                .iter()
                .map(|der| Certificate::from_der(der))
                .collect::<Result<Vec<_>, _>>()
            else {
                continue;
            };
            let (leaf, intermediates) = path.split_last().unwrap();
            let mut options = PathOptions::new("2020-01-01T00:00:00Z".parse().unwrap());
            options.purpose = Purpose::Any;
            let report = build_and_validate(leaf, &anchors, intermediates, &options);
            let name = format!(
                "{} {}, octet {at} of certificate {changed}",
                case.number, case.title
            );
            // A changed cross-certificate may leave another way.
            assert!(
                report.verdict != Verdict::Valid || !report.chain.contains(&path[changed]),
                "{name} was accepted"
            );
            if let Some(openssl) = openssl.as_ref().filter(|_| chance.one_in(10)) {
                asked += 1;
                let theirs = openssl.verify(&anchors, intermediates, leaf, &["-no_check_time"]);
                assert!(
                    theirs.is_err() || report.verdict == Verdict::Valid,
                    "{name}: OpenSSL accepts it"
                );
            }
        }
    }
    println!("OpenSSL was asked {asked} times");
}
