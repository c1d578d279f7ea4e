//! The self-signed-root path with the libraries alone: no command line, no directory, no network.
//!
//! A root is made, under it an authority for Class 1; Alice and Bob get certificates; Alice's signed and encrypted mail is opened
//! and judged by Bob, before and after he trusts the root. Run it with `cargo run -p smime --example self_signed_root`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io::Read as _;

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, make_issuing,
    make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger as _, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{AdmitContext, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
use chrono::{DateTime, Utc};
use identity::identity::Identity;
use identity::{KeyAlgorithm, Mailbox, PrivateKey};
use smime::report::Verdict;
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptOptions, EncryptOptions, MemorySpool, SignOptions, decrypt, encrypt, sign};

fn main() -> Result<(), Box<dyn Error>> {
    let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse()?;
    let context = AuditContext {
        actor: "example".to_owned(),
        real_time: now,
    };
    let policies = PolicySet::parse(shipped())?;
    let name = AuthorityName {
        name: "Example School",
        organization: None,
        country: None,
    };

    // The root, and the authority that issues Class 1.
    let signer = CaSigner::new(PrivateKey::generate(KeyAlgorithm::EcP384)?)?;
    let root_certificate = make_root(name, policies.root(), &signer, now)?;
    let root = CertificateAuthority::new(root_certificate.clone(), Vec::new(), signer, None)?;
    let signer = CaSigner::new(PrivateKey::generate(KeyAlgorithm::EcP256)?)?;
    let issuers = policies.issuers();
    let plan = IssuingPlan {
        issuer: &issuers[0],
        domains: &[],
        critical_constraints: false,
    };
    let certificate = make_issuing(name, policies.root(), plan, signer.public_key(), &root, now)?;
    let issuing = CertificateAuthority::new(certificate, vec![root_certificate.clone()], signer, None)?;
    let ledger = MemoryLedger::new(now);
    let record = issuing.to_record(
        AuthorityKind::Issuing,
        vec![Class::One],
        "in memory",
        &context,
        now,
    );
    ledger.add_authorities(&[record], &[])?;
    println!(
        "root: {}, SHA-256 {}",
        root_certificate.subject(),
        root_certificate.fingerprint_grouped()
    );

    // Two people.
    let enrol = |address: &str| -> Result<Identity, Box<dyn Error>> {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256)?;
        let mut request = Request::new(Class::One, Mailbox::parse(address)?);
        request.key = KeySource::Existing(key.public_key().clone());
        let admission = AdmitContext {
            now,
            issuer_not_after: issuing.certificate().not_after(),
            permitted_domains: &issuing.permitted_domains(),
        };
        let evidence = vec![Evidence::stated(
            EvidenceKind::Mailbox,
            "answered from the address",
        )?];
        let approved = policies
            .profile(Class::One)
            .ok_or("no policy for Class 1")?
            .admit(request, evidence, &admission)?;
        let authority = Authority::new(&ledger, &issuing, context.clone());
        let application = Application {
            approved: &approved,
            usage: CertificateUsage::Dual,
            key: key.public_key(),
            another: false,
            own_mail: false,
            renews: None,
        };
        let issued = authority.issue(authority.prepare(application, now)?, now)?;
        let chain = vec![issuing.certificate().clone(), root_certificate.clone()];
        Ok(Identity::new(key, issued.certificate().clone(), chain)?)
    };
    let (alice, bob) = (enrol("alice@example.org")?, enrol("bob@example.org")?);

    // Alice signs, then encrypts to Bob.
    let mut options = SignOptions::new(now);
    options.compose.to = vec![Mailbox::parse("bob@example.org")?];
    options.compose.subject = Some("Lunch".to_owned());
    let mut signed = Vec::new();
    sign(&b"Lunch at noon?\n"[..], &alice, &options, &mut signed)?;
    let mut sealed = Vec::new();
    let to = [bob.certificate().clone()];
    let report = encrypt(signed.as_slice(), &to, &EncryptOptions::new(now), &mut sealed)?;
    println!(
        "encrypted with {} to {}",
        report.cipher,
        report.recipients[0].emails.join(", ")
    );

    // Bob opens it, and asks who wrote it.
    let mut opened = Vec::new();
    decrypt(
        sealed.as_slice(),
        &[bob],
        &DecryptOptions::default(),
        MemorySpool::new(),
    )?
    .into_content()?
    .read_to_end(&mut opened)?;
    let judge = |anchors: &[identity::Certificate]| -> Result<Verdict, Box<dyn Error>> {
        let mut options = VerifyOptions::new(now);
        options.anchors = anchors;
        let held = verify(opened.as_slice(), &options, MemorySpool::new())?;
        Ok(held.report().verdict)
    };
    let before = judge(&[])?;
    let after = judge(&[root_certificate])?;
    println!("before the root is trusted: {before}; after: {after}");
    if (before, after) != (Verdict::Indeterminate, Verdict::Valid) {
        return Err("the verdicts are not what they should be".into());
    }
    Ok(())
}

#[test]
fn the_path_holds() {
    main().unwrap();
}
