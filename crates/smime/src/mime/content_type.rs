//! The Content-Type field (RFC 2045 5.1) and its parameters.

/// One parameter of a Content-Type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name in lower case.
    pub name: String,
    /// The value, unquoted.
    pub value: String,
}

/// A parsed Content-Type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    kind: String,
    subtype: String,
    parameters: Vec<Parameter>,
    /// Names of parameters that were given again, and ignored.
    repeated: Vec<String>,
}

impl Default for ContentType {
    /// What RFC 2045 5.2 assumes: `text/plain; charset=us-ascii`.
    fn default() -> Self {
        Self {
            kind: "text".to_owned(),
            subtype: "plain".to_owned(),
            parameters: vec![Parameter {
                name: "charset".to_owned(),
                value: "us-ascii".to_owned(),
            }],
            repeated: Vec::new(),
        }
    }
}

impl ContentType {
    /// Reads an unfolded field value; `None` if it does not begin with `type/subtype`.
    pub fn parse(value: &str) -> Option<Self> {
        let mut scanner = Scanner { rest: value };
        let kind = scanner.token()?;
        scanner.expect('/')?;
        let subtype = scanner.token()?;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut repeated = Vec::new();
        while parameters.len() + repeated.len() < MOST_PARAMETERS && scanner.expect(';').is_some() {
            let Some(name) = scanner.token() else { continue };
            if scanner.expect('=').is_none() {
                continue;
            }
            let Some(value) = scanner.value() else { continue };
            let name = name.to_ascii_lowercase();
            // The first of two equal names counts, so that no later one can redefine a boundary.
            if parameters.iter().all(|p| p.name != name) {
                parameters.push(Parameter { name, value });
            } else {
                repeated.push(name);
            }
        }
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            parameters,
            repeated,
        })
    }

    /// Returns the type in lower case, such as `multipart`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the subtype in lower case, such as `signed`.
    pub fn subtype(&self) -> &str {
        &self.subtype
    }

    /// Tells whether this is `kind/subtype`, both in lower case.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// Returns the value of a parameter, its name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|p| p.name == name)
            .map(|p| p.value.as_str())
    }

    /// Returns the parameters in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Tells whether a parameter, its name in lower case, was given more than once.
    pub(crate) fn repeats(&self, name: &str) -> bool {
        self.repeated.iter().any(|one| one == name)
    }

    /// Tells whether this is `application/pkcs7-mime` or its `x-` forerunner.
    pub fn is_pkcs7_mime(&self) -> bool {
        self.kind == "application" && matches!(self.subtype.as_str(), "pkcs7-mime" | "x-pkcs7-mime")
    }

    /// Tells whether this is `application/pkcs7-signature` or its `x-` forerunner.
    pub fn is_pkcs7_signature(&self) -> bool {
        self.kind == "application" && matches!(self.subtype.as_str(), "pkcs7-signature" | "x-pkcs7-signature")
    }
}

impl std::fmt::Display for ContentType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)
    }
}

/// How many parameters are read: what stands behind them is ignored.
const MOST_PARAMETERS: usize = 100;

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Skips blanks and comments (RFC 822 parentheses, nested).
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('(') {
                return;
            }
            let mut depth = 0_usize;
            let mut escaped = false;
            let mut end = self.rest.len();
            for (at, c) in self.rest.char_indices() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    end = at + 1;
                    break;
                }
            }
            self.rest = self.rest.get(end..).unwrap_or_default();
        }
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.skip_blanks();
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(())
    }

    fn token(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let end = self
            .rest
            .find(|c: char| !is_token_char(c))
            .unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        if token.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(token)
    }

    /// A token or a quoted string; writers that leave out the quotes around a boundary are understood.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks();
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self
                .rest
                .find(|c: char| c == ';' || c.is_whitespace())
                .unwrap_or(self.rest.len());
            let (value, rest) = self.rest.split_at(end);
            self.rest = rest;
            return (!value.is_empty()).then(|| value.to_owned());
        };
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in quoted.char_indices() {
            match c {
                _ if escaped => {
                    value.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.rest = quoted.get(at + 1..).unwrap_or_default();
                    return Some(value);
                }
                _ => value.push(c),
            }
        }
        self.rest = "";
        Some(value)
    }
}

/// RFC 2045: any ASCII character but controls, space and tspecials.
fn is_token_char(c: char) -> bool {
    c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_every_spelling() {
        let t = ContentType::parse(
            "Multipart/Signed (a (nested) comment); protocol=\"application/pkcs7-signature\"; \
             MICALG=sha-256 ;boundary=\"a \\\"b\\\"\"; boundary=second",
        )
        .unwrap();
        assert!(t.is("multipart", "signed"));
        assert_eq!(t.parameter("protocol"), Some("application/pkcs7-signature"));
        assert_eq!(t.parameter("micalg"), Some("sha-256"));
        assert_eq!(t.parameter("boundary"), Some("a \"b\""));
        assert_eq!(
            ContentType::parse("a/b; boundary=x=y")
                .unwrap()
                .parameter("boundary"),
            Some("x=y")
        );
        assert!(t.repeats("boundary") && !t.repeats("micalg"));
        assert_eq!(ContentType::parse("nonsense"), None);
        assert_eq!(
            ContentType::parse("a/b; (unclosed").unwrap().parameters().len(),
            0
        );
    }

    #[test]
    fn parameters_without_end_cost_little() {
        let many: String = (0..200_000).map(|index| format!(";p{index}=x")).collect();
        let t = ContentType::parse(&format!("a/b{many}")).unwrap();
        assert_eq!(t.parameters().len(), MOST_PARAMETERS);
    }
}
