//! What a partner does with what he was given, in a few lines.

/// PEM: Thunderbird, and whatever reads certificates from files.
pub(crate) const PEM: &str = "\
Thunderbird: Settings > Privacy & Security > Manage Certificates > Authorities > Import; tick \"identify email users\" only.
GnuPG: gpgsm --import FILE, then gpgsm --list-keys --with-validation, which asks whether to trust the root.
OpenSSL: openssl cms -verify -CAfile FILE. cachet: cachet trust add FILE.";

/// DER: Android, Java, Windows by hand.
pub(crate) const DER: &str = "\
Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate.
Windows: open the file > Install Certificate > Current User > Trusted Root Certification Authorities.
Java: keytool -importcert -file FILE -alias NAME -keystore STORE.";

/// PKCS#7: Windows and Outlook.
pub(crate) const P7B: &str = "\
Windows: certmgr.msc > Trusted Root Certification Authorities > All Tasks > Import; Windows puts the issuing CAs where they belong.
For mail alone, without clicking: --for windows.";

/// Apple's configuration profile.
pub(crate) const MOBILECONFIG: &str = "\
iPhone, iPad: open the file, then Settings > General > VPN & Device Management > Install; then Settings > General > About >
Certificate Trust Settings, and switch the root on. Mac: open the file, then System Settings > Privacy & Security > Profiles.
The profile is not signed, and its installer says so: the fingerprint is what you compare.";

/// With a person's own certificate in it.
pub(crate) const MOBILECONFIG_PERSON: &str = "\
The profile holds the person's P12: hand it over as you would the P12, to nobody else, its password by another way.
iPhones and Macs take P12s of the preset compat (EMAIL.compat.p12) for sure; older ones take no other.";

/// A shell script over certutil.
pub(crate) const NSS: &str = "\
Linux, macOS: close Thunderbird, then: sh FILE (every Thunderbird profile), or sh FILE FOLDER for another program's cert9.db.
The root is trusted for mail, and for nothing else.";

/// A PowerShell script.
pub(crate) const WINDOWS: &str = "\
Windows: powershell -ExecutionPolicy Bypass -File FILE.ps1 (for the user alone; compare the fingerprint when it asks).
The root is trusted for mail, and for nothing else.";
