//! Makes two identities in memory, one of them expired, and says how long a hundred more take.
#![allow(clippy::print_stdout, reason = "it is an example")]

use ca_testing::TestCa;
use std::time::Instant;

fn main() {
    let ca = TestCa::new();
    let alice = ca.issue("alice@example.com").identity();
    println!(
        "{} until {}",
        alice.certificate().subject(),
        alice.certificate().not_after()
    );
    let old = ca.issue("bob@example.com").expired().identity();
    println!(
        "{} until {}",
        old.certificate().subject(),
        old.certificate().not_after()
    );
    let start = Instant::now();
    for number in 0..100 {
        let _ = ca.issue(&format!("person{number}@example.com")).identity();
    }
    println!("an identity takes {} µs", start.elapsed().as_micros() / 100);
}
