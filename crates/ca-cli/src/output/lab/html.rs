//! A page that stands alone: no script, nothing to load, and fit to print.

use std::fmt::Write as _;

use super::words::Labels;
use super::{LabView, MailView, StudentView};
use crate::output::escape_html as escape;

/// Writes the page.
pub(crate) fn page(view: &LabView) -> String {
    let labels = Labels::of(view.language);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n",
        view.language,
        title = labels.title,
    );
    let mut facts = vec![(labels.checked, view.checked_at.clone())];
    facts.extend(view.due.clone().map(|due| (labels.due, due)));
    let facts: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("{name}: {}", escape(value)))
        .collect();
    let _ = writeln!(
        out,
        "<p>{}</p>\n<p class=\"sum\">{}</p>",
        facts.join(" · "),
        sum(view, labels)
    );
    students(&mut out, view, labels);
    if !view.others.is_empty() {
        others(&mut out, view, labels);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn sum(view: &LabView, labels: &Labels) -> String {
    let counts = labels.statuses.iter().map(|(status, word)| {
        let count = view
            .students
            .iter()
            .filter(|student| student.standing == *status)
            .count();
        format!(
            "<span class=\"{status}\">{word}</span> {count}",
            status = status.as_str()
        )
    });
    counts.collect::<Vec<_>>().join(" · ")
}

fn students(out: &mut String, view: &LabView, labels: &Labels) {
    out.push_str("<table>\n<thead><tr>");
    let heading = [
        labels.name,
        labels.standing,
        labels.signed,
        labels.encrypted,
        labels.class,
        labels.received,
        labels.why,
    ];
    for cell in heading {
        let _ = write!(out, "<th scope=\"col\">{cell}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for student in &view.students {
        row(out, student, labels);
    }
    out.push_str("</tbody>\n</table>\n");
}

fn row(out: &mut String, student: &StudentView, labels: &Labels) {
    let yes_no = |is: bool| match (student.mails.is_empty(), is) {
        (true, _) => "",
        (false, true) => labels.yes,
        (false, false) => labels.no,
    };
    let name = match student.name.is_empty() {
        true => String::new(),
        false => format!("{}<br>", escape(&student.name)),
    };
    let received = match (&student.received, student.clock) {
        (Some(at), Some(clock)) => format!("{}<br><small>{}</small>", escape(at), labels.clock(clock)),
        _ => String::new(),
    };
    let _ = write!(
        out,
        "<tr><th scope=\"row\">{name}<small>{}</small></th><td class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td>{received}</td><td>",
        escape(&student.email),
        student.status,
        labels.status(student.standing),
        yes_no(student.signed),
        yes_no(student.encrypted),
        student.class.map(|class| class.to_string()).unwrap_or_default(),
    );
    for (number, reason) in student.reasons.iter().enumerate() {
        let _ = match number {
            0 => write!(
                out,
                "<p><b>{}</b> {}</p>",
                escape(&reason.message),
                escape(&reason.remedy)
            ),
            _ => write!(out, "<p>{}</p>", escape(&reason.message)),
        };
    }
    for remark in &student.remarks {
        let _ = write!(out, "<p><small>{}</small></p>", escape(&remark.message));
    }
    out.push_str("</td></tr>\n");
}

fn others(out: &mut String, view: &LabView, labels: &Labels) {
    let _ = write!(
        out,
        "<h2>{}</h2>\n<table>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
        labels.others, labels.file, labels.from, labels.subject, labels.what
    );
    let cells =
        |mail: &MailView| [&mail.file, &mail.from, &mail.subject].map(|cell| escape(cell).into_owned());
    for mail in &view.others {
        let [file, from, subject] = cells(mail);
        let _ = writeln!(
            out,
            "<tr><td>{file}</td><td>{from}</td><td>{subject}</td><td>{}</td></tr>",
            labels.fate(mail.fate)
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

const STYLE: &str = "\
@page { size: A4 landscape; margin: 12mm; }
body { font: 10pt/1.35 sans-serif; margin: 2em; color: #000; background: #fff; }
h1 { font-size: 15pt; } h2 { font-size: 12pt; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border-bottom: 1px solid #999; padding: .3em .5em; text-align: left; vertical-align: top; font-weight: normal; }
thead th, .sum span { font-weight: bold; }
td p { margin: 0 0 .3em; }
small { color: #444; overflow-wrap: anywhere; }
.ok { color: #06600f; font-weight: bold; }
.late { color: #7a4b00; font-weight: bold; }
.failed, .missing { color: #a00000; font-weight: bold; }
@media print { body { margin: 0; } }
";
