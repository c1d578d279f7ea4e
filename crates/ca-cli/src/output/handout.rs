//! What a holder is given on paper: how to install a certificate, and apart from that its password.
//!
//! Pages that stand alone, with no script and nothing to load; whatever comes from a request is escaped.

use std::fmt::Write as _;

use ca_core::enrolment::Language;

use crate::output::escape_html as escape;

mod en;
mod fr;

/// What a handout is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handout<'a> {
    pub(crate) language: Language,
    /// The holder's name; empty if nobody knows it.
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    /// The last day of the certificate.
    pub(crate) until: &'a str,
    pub(crate) root: &'a str,
    /// The root's SHA-256 in groups of four.
    pub(crate) fingerprint: &'a str,
    pub(crate) root_file: &'a str,
    /// For current programs, and for Apple's and old ones; one of them may be missing.
    pub(crate) modern: Option<&'a str>,
    pub(crate) compat: Option<&'a str>,
}

/// A password that is handed out on a slip of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slip<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    /// Of the certificate, so that a later sheet need not repeat this slip.
    pub(crate) serial: &'a str,
}

/// The words of one language.
struct Words {
    language: &'static str,
    file: &'static str,
    title: &'static str,
    intro: &'static str,
    until: &'static str,
    contents: &'static str,
    is_modern: &'static str,
    is_compat: &'static str,
    is_root: &'static str,
    first: &'static str,
    compare: &'static str,
    sections: &'static [(&'static str, Takes, &'static [&'static str])],
    last_title: &'static str,
    last: &'static [&'static str],
    sheet_title: &'static str,
    sheet_intro: &'static str,
    slip: &'static str,
}

/// Which of the two P12s a mail program takes.
#[derive(Clone, Copy)]
enum Takes {
    Modern,
    Compat,
}

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &fr::WORDS,
            _ => &en::WORDS,
        }
    }
}

/// Returns the name of the handout's file.
pub(crate) fn file_name(language: Language) -> &'static str {
    Words::of(language).file
}

/// Writes the handout.
pub(crate) fn page(handout: &Handout<'_>) -> String {
    let words = Words::of(handout.language);
    let mut out = head(words, words.title, HANDOUT_STYLE);
    // Writing to a string does not fail.
    let who = match handout.name {
        "" => escape(handout.email).into_owned(),
        name => format!("{} &lt;{}&gt;", escape(name), escape(handout.email)),
    };
    let _ = write!(
        out,
        "<h1>{}</h1>\n<p class=\"who\">{who}</p>\n<p>{} {} {}.</p>\n<h2>{}</h2>\n<ul>\n",
        words.title,
        words.intro,
        words.until,
        escape(handout.until),
        words.contents
    );
    let files = [
        (handout.modern, words.is_modern),
        (handout.compat, words.is_compat),
        (Some(handout.root_file), words.is_root),
    ];
    for (file, what) in files {
        if let Some(file) = file {
            let _ = writeln!(out, "<li><code>{}</code>: {what}</li>", escape(file));
        }
    }
    let _ = write!(
        out,
        "</ul>\n<h2>{}</h2>\n<p>{}</p>\n<p class=\"print\">{}<br><code>{}</code></p>\n",
        words.first,
        words.compare,
        escape(handout.root),
        escape(handout.fingerprint)
    );
    for (title, takes, steps) in words.sections {
        section(&mut out, title, steps, handout, *takes);
    }
    section(&mut out, words.last_title, words.last, handout, Takes::Modern);
    out.push_str("</body>\n</html>\n");
    out
}

/// Begins a sheet of passwords; slips and [`SHEET_END`] follow.
pub(crate) fn sheet_head(language: Language) -> String {
    let words = Words::of(language);
    let mut out = head(words, words.sheet_title, SHEET_STYLE);
    let _ = write!(
        out,
        "<h1>{}</h1>\n<p class=\"intro\">{}</p>\n<div class=\"slips\">\n",
        words.sheet_title, words.sheet_intro
    );
    out
}

/// Writes one slip.
pub(crate) fn slip(slip: &Slip<'_>, language: Language) -> zeroize::Zeroizing<String> {
    let words = Words::of(language);
    let mut out = zeroize::Zeroizing::new(String::with_capacity(1024));
    let name = match slip.name {
        "" => String::new(),
        name => format!("<b>{}</b><br>", escape(name)),
    };
    let _ = writeln!(
        out,
        "<section {SLIP_MARK}{}\">{name}{}<p class=\"password\">{}</p><small>{}</small></section>",
        escape(slip.serial),
        escape(slip.email),
        escape(slip.password),
        words.slip
    );
    out
}

/// Ends a sheet of passwords.
pub(crate) const SHEET_END: &str = "</div>\n</body>\n</html>\n";

/// Stands before the serial of each slip.
pub(crate) const SLIP_MARK: &str = "data-serial=\"";

fn section(out: &mut String, title: &str, steps: &[&str], handout: &Handout<'_>, takes: Takes) {
    // Where there is one P12 only, it is what there is to be tried.
    let file = match takes {
        Takes::Modern => handout.modern.or(handout.compat),
        Takes::Compat => handout.compat.or(handout.modern),
    };
    let _ = write!(out, "<section>\n<h2>{title}</h2>\n<ol>\n");
    for step in steps {
        let step = step
            .replace("{p12}", &escape(file.unwrap_or_default()))
            .replace("{root}", &escape(handout.root_file))
            .replace("{email}", &escape(handout.email));
        let _ = writeln!(out, "<li>{step}</li>");
    }
    out.push_str("</ol>\n</section>\n");
}

fn head(words: &Words, title: &str, style: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{style}</style>\n\
         </head>\n<body>\n",
        words.language
    )
}

const HANDOUT_STYLE: &str = "\
@page { size: A4; margin: 16mm; }
body { font: 11pt/1.4 sans-serif; margin: 2em auto; max-width: 46em; color: #000; background: #fff; }
h1 { font-size: 17pt; margin-bottom: .2em; } h2 { font-size: 12.5pt; margin: 1.2em 0 .3em; }
.who { font-size: 13pt; font-weight: bold; margin-top: 0; overflow-wrap: anywhere; }
.print { border: 1px solid #000; padding: .6em; }
code { font-family: monospace; overflow-wrap: anywhere; }
section { break-inside: avoid; }
ol, ul { margin: .2em 0; padding-left: 1.6em; }
@media print { body { margin: 0; max-width: none; } }
";

const SHEET_STYLE: &str = "\
@page { size: A4; margin: 10mm; }
body { font: 10.5pt/1.3 sans-serif; margin: 1em; color: #000; background: #fff; }
h1 { font-size: 14pt; }
.slips { display: grid; grid-template-columns: 1fr 1fr; }
section { border: 1px dashed #000; padding: 3.5mm; break-inside: avoid; overflow-wrap: anywhere; }
.password { font: bold 13pt monospace; margin: .4em 0; overflow-wrap: normal; white-space: nowrap; }
@media print { body { margin: 0; } .intro, h1 { display: none; } }
";

#[cfg(test)]
mod tests {
    use super::*;

    const HANDOUT: Handout<'_> = Handout {
        language: Language::English,
        name: "Zoé <script>",
        email: "zoe@example.org",
        until: "2027-11-24",
        root: "School \"CA\" & Co",
        fingerprint: "ABCD 0123",
        root_file: "root.crt",
        modern: Some("zoe@example.org.p12"),
        compat: Some("zoe@example.org.compat.p12"),
    };

    #[test]
    fn a_handout_names_the_files_and_escapes_what_is_not_its_own() {
        for language in [Language::English, Language::French] {
            let page = page(&Handout { language, ..HANDOUT });
            assert!(!page.contains("<script") && page.contains("Zoé &lt;script&gt;"));
            for part in [
                "ABCD 0123",
                "zoe@example.org.compat.p12",
                "root.crt",
                "SHA-256",
                "AES-256",
                "School &quot;CA&quot; &amp; Co",
            ] {
                assert!(page.contains(part), "{part}");
            }
            assert!(!page.contains("{p12}") && !page.contains("{root}") && !page.contains("{email}"));
        }
        assert!(page(&HANDOUT).contains("lang=\"en\""));
    }

    #[test]
    fn a_handout_names_no_file_that_there_is_not() {
        let page = page(&Handout {
            compat: None,
            ..HANDOUT
        });
        assert!(!page.contains(".compat.p12"), "{page}");
    }

    #[test]
    fn slips_are_escaped() {
        let text = slip(
            &Slip {
                name: "<b>",
                email: "a@x.y",
                password: "abcd-efgh",
                serial: "1f",
            },
            Language::French,
        );
        assert!(text.contains("<b>&lt;b&gt;</b>") && text.contains("abcd-efgh"));
        assert!(text.contains("data-serial=\"1f\""));
    }
}
