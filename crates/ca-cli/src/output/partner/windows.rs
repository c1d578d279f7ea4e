//! A PowerShell script for the certificate store of a Windows user: Outlook, and what else asks Windows.

use std::fmt::Write as _;

use super::{Package, base64_lines, fingerprint, name};

/// Writes the script, with CRLF and a byte order mark: Windows PowerShell 5 takes anything else for the local code page.
pub(crate) fn script(package: &Package) -> String {
    let mut calls = String::new();
    for (number, certificate) in package.all().enumerate() {
        let store = if number < package.roots.len() {
            "Root"
        } else {
            "CA"
        };
        // Writing to a string does not fail.
        let _ = write!(
            calls,
            "Import-Authority '{store}' '{}' '{}' @'\n{}\n'@\n",
            quoted(&name(certificate)),
            fingerprint(certificate),
            base64_lines(certificate.der())
        );
    }
    let text = format!("{HEAD}{calls}Write-Host 'Done. Start Outlook anew.'\n");
    format!("\u{feff}{}", text.replace('\n', "\r\n"))
}

/// Fit for single quotes: PowerShell takes typographic ones for quotes too, and any of them doubled for itself.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out
}

const HEAD: &str = "\
# Makes Windows trust this root for mail, for you alone. No administrator is needed:
#
#   powershell -ExecutionPolicy Bypass -File FILE.ps1
#
# It shows the fingerprint, and Windows asks once more. In a domain an administrator can deploy the root by group policy instead.
$ErrorActionPreference = 'Stop'

function Import-Authority($Store, $Name, $Fingerprint, $Text) {
    $octets = [Convert]::FromBase64String($Text)
    $digest = [Security.Cryptography.SHA256]::Create().ComputeHash($octets)
    $shown = ([BitConverter]::ToString($digest) -replace '-', '' -replace '(.{4})', '$1 ').Trim()
    if ($shown -ne $Fingerprint) { throw 'This script is damaged.' }
    $certificate = New-Object Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $octets)
    if ($Store -eq 'Root') {
        Write-Host $Name
        Write-Host \"  SHA-256 fingerprint: $shown\"
        $answer = Read-Host 'Is this the fingerprint that you were told by another way? [y/N]'
        if ($answer -notmatch '^[yYoO]') { throw 'Nothing was imported.' }
    }
    $target = New-Object Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'CurrentUser'
    $target.Open('ReadWrite')
    $target.Add($certificate)
    $target.Close()
    if ($Store -eq 'Root') {
        # For mail only: property 9 is the list of purposes (CERT_ENHKEY_USAGE_PROP_ID), the value secure e-mail.
        $properties = [IO.Path]::GetTempFileName()
        Set-Content -Encoding ASCII -Path $properties -Value '[Properties]', '9 = \"{text}\"', '_continue_ = \"1.3.6.1.5.5.7.3.4,\"'
        & certutil.exe -user -repairstore $Store $certificate.Thumbprint $properties | Out-Null
        if ($LASTEXITCODE -ne 0) {
            Write-Warning 'The root is trusted, but not for mail alone: choose its purposes in certmgr.msc, Properties.'
        }
        Remove-Item $properties
    }
}

";
