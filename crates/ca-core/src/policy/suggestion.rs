//! Names for remedies: what was probably meant, or what there is.

/// Proposes the name that was probably meant, or lists all.
pub(super) fn suggestion(given: &str, names: &[&str]) -> String {
    let given: String = given
        .chars()
        .take(40)
        .collect::<String>()
        .to_lowercase()
        .replace('-', "_");
    let letters = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let close = names
        .iter()
        // Another number is another thing, not a slip of the pen.
        .filter(|name| {
            name.eq_ignore_ascii_case(&given)
                || letters(name).as_str() == **name
                || letters(name).replace('-', "_") != letters(&given)
        })
        .map(|name| (distance(&given, &name.replace('-', "_")), name))
        .filter(|&(distance, name)| distance <= 1 + name.chars().count() / 4)
        .min_by_key(|&(distance, _)| distance);
    match close {
        Some((_, name)) => format!("did you mean \"{name}\"?"),
        None => format!("use {}", listed(names, "or")),
    }
}

/// Joins names as in `a, b or c`.
pub(super) fn listed<S: AsRef<str>>(names: &[S], conjunction: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [start @ .., last] => {
            let start: Vec<&str> = start.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", start.join(", "), last.as_ref())
        }
    }
}

/// Returns the Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        if let Some(first) = row.first_mut() {
            *first = previous;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(&b) {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = *cell;
            previous = substituted.min(previous + 1).min(*cell + 1);
            *cell = previous;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_the_distance_of_words() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("validity", "validity"), 0);
    }

    #[test]
    fn proposes_what_was_meant() {
        assert_eq!(
            suggestion("Given-Nam", &["given_name", "surname"]),
            "did you mean \"given_name\"?"
        );
        assert_eq!(
            suggestion("passport", &["given_name", "surname"]),
            "use given_name or surname"
        );
    }
}
