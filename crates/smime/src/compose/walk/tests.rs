//! Entities as they come out of both walks, read in pieces of every size.

use super::*;
use crate::mime::{Message, is_canonical};

fn written(input: &[u8], size: usize) -> (Vec<u8>, Vec<String>) {
    let message = Message::parse(input);
    let limits = Limits::default();
    let header = message.header();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let (plan, as_written, _) = survey(
        header.clone(),
        &mut Slow(message.body(), size),
        &limits,
        &mut |bytes| {
            first.extend_from_slice(bytes);
            Ok(())
        },
    )
    .unwrap();
    follow(
        &plan,
        header.clone(),
        &mut Slow(message.body(), size),
        &limits,
        &mut |bytes| {
            second.extend_from_slice(bytes);
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(as_written, first == second, "{}", String::from_utf8_lossy(input));
    (second, plan.notes)
}

fn run(input: &[u8]) -> (String, Vec<String>) {
    let (out, notes) = written(input, input.len() + 1);
    for size in [1, 2, 3, 7] {
        assert_eq!(written(input, size), (out.clone(), notes.clone()));
    }
    assert!(is_canonical(&out));
    (String::from_utf8(out).unwrap(), notes)
}

/// Gives few octets at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.1);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn nested_parts_are_re_encoded() {
    let mut input =
        b"Content-Type: multipart/mixed; boundary=o\nContent-Transfer-Encoding: 8bit\n\npre\n--o\n\
        Content-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: 8bit\n\n\xC3\xBC\n--i--\n--o\nContent-Type: image/png\n\
        Content-Transfer-Encoding: binary\n\n"
            .to_vec();
    input.extend_from_slice(b"\x89PNG\n\r\x00\n--o--\n");
    let (out, notes) = run(&input);
    assert!(out.is_ascii() && notes.is_empty());
    assert!(out.starts_with(
        "Content-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: 7bit\r\n\r\npre\r\n--o\r\n"
    ));
    assert!(
        out.contains("Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n--i--\r\n"),
        "{out}"
    );
    let message = Message::parse(out.as_bytes());
    let parts = message.multipart(&Limits::default()).unwrap().unwrap();
    assert_eq!(&*parts.parts()[1].decoded_body().unwrap(), b"\x89PNG\n\r\x00");
}

#[test]
fn what_is_safe_stays_as_it_is() {
    let input = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: \
                 application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";
    assert_eq!(run(input.as_bytes()).0, input);
}

#[test]
fn a_signed_part_is_left_alone() {
    let input = "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\ntrailing \r\n--b--\r\n";
    let (out, notes) = run(input.as_bytes());
    assert_eq!(out, input);
    assert_eq!(notes.len(), 1);
}

#[test]
fn an_attached_message_is_re_encoded_inside() {
    let input = "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Transfer-Encoding: 8bit\r\n\r\nü\r\n";
    let (out, _) = run(input.as_bytes());
    assert!(
        out.ends_with("Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n"),
        "{out}"
    );
}
