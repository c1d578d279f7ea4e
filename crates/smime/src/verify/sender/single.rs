//! One mailbox and no more, read strictly (RFC 5322 3.4).

/// Returns the address of a From value that is one mailbox, comments and display name left out; `None` for anything
/// that mail programs could read in another way: text behind the address, a second one, quotes that do not end.
pub(super) fn address(value: &str) -> Option<String> {
    let bare = without_comments(value)?;
    let bare = bare.trim();
    // Inside quotes everything is text, so that the last `<` outside of them opens the address.
    let address = match open_angle(bare)? {
        Some(at) => bare.get(at + 1..)?.strip_suffix('>')?.trim(),
        None => bare,
    };
    let plain = |c: char| !c.is_whitespace() && !"<>,;:()\\\"".contains(c);
    (address.contains('@') && address.chars().all(plain)).then(|| address.to_owned())
}

/// The value without its comments, which may nest; a comment counts as a blank.
fn without_comments(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in value.chars() {
        let literal = std::mem::take(&mut escaped);
        match c {
            '\\' if !literal && (quoted || depth > 0) => escaped = true,
            '"' if !literal && depth == 0 => quoted = !quoted,
            '(' if !literal && !quoted => {
                depth += 1;
                out.push(' ');
            }
            ')' if !literal && !quoted => {
                depth = depth.checked_sub(1)?;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    (depth == 0 && !quoted).then_some(out)
}

/// Where the one `<` outside quotes stands; an outer `None` if there are more, or a separator before it.
fn open_angle(value: &str) -> Option<Option<usize>> {
    let (mut quoted, mut escaped, mut found) = (false, false, None);
    for (at, c) in value.char_indices() {
        let literal = std::mem::take(&mut escaped);
        match c {
            '\\' if !literal && quoted => escaped = true,
            '"' if !literal => quoted = !quoted,
            '<' if !quoted && found.is_some() => return None,
            '<' if !quoted => found = Some(at),
            ',' | ';' | ':' | '>' if !quoted && found.is_none() => return None,
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn what_is_one_mailbox() {
        for value in [
            "a@example.org",
            "  Alice <a@example.org> ",
            "\"Doe, <J.>: \\\" (x\" <a@example.org> (work)",
            "(note (nested \\) )) a@example.org (b@example.net)",
            "=?utf-8?q?b=40example=2Enet=2C?= <a@example.org>",
        ] {
            assert_eq!(address(value).as_deref(), Some("a@example.org"), "{value}");
        }
    }

    #[test]
    fn what_is_not() {
        for value in [
            "",
            "nobody",
            "a@example.org, b@example.net",
            "friends: a@example.org;",
            "<a@example.org> b@example.net",
            "<b@example.net> <a@example.org>",
            "b@example.net a@example.org",
            "<a@example.org",
            "\"open <a@example.org>",
            "(open a@example.org",
            "<@relay.example:a@example.org>",
            "a@example.org>",
            "x) <a@example.org>",
        ] {
            assert_eq!(address(value), None, "{value}");
        }
        assert_ne!(
            address("b@example.net(<a@example.org>)").as_deref(),
            Some("a@example.org")
        );
    }
}
