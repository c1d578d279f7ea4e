//! The binary, run as its users run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod answers;
mod archive;
mod audit;
mod backup;
mod bad_input;
mod certificates;
mod contacts;
mod crash;
mod demo;
mod documents;
mod enrolment;
mod faults;
mod fixture;
mod flawed;
mod generated;
mod hostile;
mod init;
mod issue;
mod lab;
mod lint;
mod loose_keys;
mod mail;
mod mail_send;
mod memory;
mod ocsp;
mod old_directories;
mod open;
mod own_key;
mod packaging;
mod pipelines;
mod pkits;
mod policy;
mod reading;
mod record;
mod renewal;
mod responder;
mod revocation;
mod revoked_authority;
mod rfc9216;
mod roster;
mod spoof;
mod succession;
mod throwaway;
mod time;
mod torture;
mod transcripts;
mod trust;
mod two_processes;
mod unattended;
mod verdicts;
