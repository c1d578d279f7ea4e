//! What the instructor gets: table, grade book, page, in English and French.

use super::Lab;

#[test]
fn the_grade_book_holds_no_formula_and_the_page_no_markup() {
    let lab = Lab::of(&["alice"]);
    lab.sandbox.write(
        "class.csv",
        "name;email\n=HYPERLINK(\"http://x\");alice@example.com\n<script>alert(1)</script>;bob@example.com\n",
    );
    lab.send(lab.signed("alice", ""));
    lab.send("From: \"<b>Eve</b>\" <eve@example.net>\nSubject: <img src=x onerror=alert(1)>\n\nx\n");
    let csv = lab.run("--format csv --html lab.html").exits(4).text();
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].starts_with("row,email,name,status,signed,"), "{csv}");
    assert!(
        rows[1].contains("\"'=HYPERLINK(\"\"http://x\"\")\",ok,true,false,1,false,"),
        "{csv}"
    );
    assert!(
        rows[2].contains(",missing,false,") && rows[2].contains(",nothing-received,"),
        "{csv}"
    );
    let page = String::from_utf8(lab.sandbox.read("lab.html")).unwrap();
    for forbidden in ["<script", "<img", "<b>Eve", "http://x\""] {
        assert!(!page.contains(forbidden), "{forbidden}: {page}");
    }
    for wanted in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;img src=x onerror=alert(1)&gt;",
        "default-src 'none'",
        "@page",
        "No mail of yours has come.",
        "from nobody on the list",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(lab.sandbox.path("lab.html"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Nothing is overwritten unasked.
    lab.run("--html lab.html").exits(1).says("lab.html");
}

#[test]
fn in_french() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send("From: alice@example.com\nSubject: TP\n\nBonjour\n");
    lab.run("--language fr --html lab.html")
        .exits(4)
        .says("Votre message n'est pas signé.");
    let page = String::from_utf8(lab.sandbox.read("lab.html")).unwrap();
    assert!(page.contains("<html lang=\"fr\">"));
    assert!(
        page.contains("Votre message n&#39;est pas signé.") && page.contains("Aucun message de votre part")
    );
    assert!(page.contains("à refaire") && page.contains("manquant"));
    lab.run("--language de").exits(2);
}

#[test]
fn the_table_shows_who_why_and_what_to_do() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send(lab.signed("alice", ""));
    lab.send("From: bob@example.com\nSubject: Lab\n\nHello\n");
    let text = lab.run("").exits(4).text();
    assert!(text.starts_with("STUDENT "), "{text}");
    assert!(
        text.contains("ALICE") && text.contains("Your mail is not signed."),
        "{text}"
    );
    // Answers that a script can rely on.
    let json = lab.check("");
    assert_eq!(json["require"], "signed");
    assert_eq!(json["resubmission"], "best");
    assert_eq!(json["summary"]["students"], 2);
    assert_eq!(json["students"][0]["sha256"].as_str().map(str::len), Some(64));
}
