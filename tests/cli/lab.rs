//! `cachet lab check`: who has sent a mail that holds, and what the others are told.

mod boxes;
mod people;
mod reasons;
mod senders;
mod sheet;
mod times;

use std::cell::Cell;

use serde_json::Value;
use test_support::{Run, Sandbox};

use crate::fixture;

/// A class with its CA, and the mails that it has sent.
pub(crate) struct Lab {
    pub(crate) sandbox: Sandbox,
    count: Cell<usize>,
}

impl Lab {
    /// A CA, identities for `people` at `example.com`, and a list of them.
    pub(crate) fn of(people: &[&str]) -> Self {
        let sandbox = fixture::empty();
        sandbox.line("init --name Lab --unattended --key ec-p256").ok();
        sandbox.line("trust export --for pem --out root.pem").ok();
        sandbox.write("pw", "secret\n");
        let mut roster = String::from("name,email\n");
        for person in people {
            fixture::issue(&sandbox, &format!("{person}@example.com"));
            roster.push_str(&format!("{},{person}@example.com\n", person.to_uppercase()));
        }
        sandbox.write("class.csv", roster);
        sandbox.write("text", "Here is my work.\n");
        Self {
            sandbox,
            count: Cell::new(0),
        }
    }

    /// A signed mail of somebody whose identity is there, made with further `flags`.
    pub(crate) fn signed(&self, person: &str, flags: &str) -> Vec<u8> {
        let line = format!(
            "--overwrite mail sign --identity {person}@example.com.p12 --identity-password-file pw --to t@example.com \
             --subject Lab {flags} --out signed.tmp text"
        );
        self.sandbox.line(&line).ok();
        self.sandbox.read("signed.tmp")
    }

    /// Puts a mail into the folder that is checked.
    pub(crate) fn send(&self, mail: impl AsRef<[u8]>) {
        let number = self.count.replace(self.count.get() + 1);
        self.sandbox.write(&format!("mails/{number:03}.eml"), mail);
    }

    /// Checks the folder.
    pub(crate) fn run(&self, flags: &str) -> Run {
        self.sandbox
            .line(&format!("lab check --folder mails --roster class.csv {flags}"))
    }

    /// Checks the folder; the document.
    pub(crate) fn check(&self, flags: &str) -> Value {
        self.run(&format!("--format json {flags}")).json()
    }

    /// How one person stands, and the first reason.
    pub(crate) fn verdict(&self, person: &str, flags: &str) -> (String, String) {
        let json = self.check(flags);
        let student = student(&json, person);
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&student["status"]), word(&student["reasons"][0]["code"]))
    }
}

/// What a document says of somebody.
pub(crate) fn student<'a>(json: &'a Value, person: &str) -> &'a Value {
    let email = format!("{person}@example.com");
    let mut students = json["students"].as_array().expect("students").iter();
    students
        .find(|student| student["email"] == email.as_str())
        .unwrap_or_else(|| panic!("no {email} in {json:#}"))
}

/// A mail with a field of a server on top.
pub(crate) fn received(mail: &[u8], date: &str) -> Vec<u8> {
    let field = format!("Received: from a by b with ESMTP id 1;\r\n\t{date}\r\n");
    [field.as_bytes(), mail].concat()
}
