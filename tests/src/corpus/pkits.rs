//! NIST PKITS: 249 verdicts on paths, with revocation lists and policies.

use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;

use super::corpus;

/// The moment for which every verdict holds.
pub const NOW: &str = "2020-01-01T00:00:00Z";

/// anyPolicy (RFC 5280 4.2.1.4).
pub const ANY_POLICY: &str = "2.5.29.32.0";

/// One path and what is to be said of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The number in NIST's document, such as `4.8.13`; subparts share it.
    pub number: String,
    /// The title in NIST's document, with the subpart.
    pub title: String,
    /// The verdict.
    pub valid: bool,
    /// The trust anchor's file.
    pub anchor: PathBuf,
    /// The files of the certificates between anchor and end.
    pub intermediates: Vec<PathBuf>,
    /// The file of the certificate that is judged.
    pub leaf: PathBuf,
    /// The files of the revocation lists.
    pub crls: Vec<PathBuf>,
    /// user-initial-policy-set, in dots.
    pub policies: Vec<String>,
    /// initial-explicit-policy.
    pub explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
    /// Whether the path is sound with algorithms that are refused today (DSA of 1024 bits).
    pub legacy: bool,
}

impl Case {
    /// Returns the name under which the case stands in [`pkits_tests`](crate::pkits_tests).
    #[must_use]
    pub fn test_name(&self) -> String {
        let words: Vec<String> = self
            .title
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        format!("t{}_{}", self.number.replace('.', "_"), words.join("_"))
    }

    /// Returns the arguments of `cachet` for this case.
    #[must_use]
    pub fn cachet_arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["--now", NOW, "--format", "json", "cert", "verify"]
            .map(str::to_owned)
            .into();
        arguments.push(self.leaf.display().to_string());
        arguments.extend(["--purpose", "any", "--revocation", "required"].map(str::to_owned));
        let mut add = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
        add("--trust", self.anchor.display().to_string());
        for file in &self.intermediates {
            add("--untrusted", file.display().to_string());
        }
        for file in &self.crls {
            add("--crl", file.display().to_string());
        }
        for policy in &self.policies {
            add("--policy", policy.clone());
        }
        let switches = [
            (self.explicit_policy, "--explicit-policy"),
            (self.inhibit_policy_mapping, "--inhibit-policy-mapping"),
            (self.inhibit_any_policy, "--inhibit-any-policy"),
            (self.legacy, "--legacy"),
        ];
        arguments.extend(
            switches
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, flag)| flag.to_owned()),
        );
        arguments
    }
}

/// Every case, in NIST's order; `None` without the collection.
#[must_use]
pub fn cases() -> Option<&'static [Case]> {
    static CASES: OnceLock<Option<Vec<Case>>> = OnceLock::new();
    CASES
        .get_or_init(|| corpus("nist-pkits").map(|folder| read(&folder)))
        .as_deref()
}

/// The case that a test of [`pkits_tests`](crate::pkits_tests) is named after.
#[must_use]
pub fn case(test_name: &str) -> Option<&'static Case> {
    let cases = cases()?;
    let found = cases.iter().find(|case| case.test_name() == test_name);
    Some(found.unwrap_or_else(|| panic!("{test_name} is not in the collection")))
}

fn read(folder: &std::path::Path) -> Vec<Case> {
    let verdicts = std::fs::read(folder.join("verdicts.json")).unwrap();
    let verdicts: Vec<Value> = serde_json::from_slice(&verdicts).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    verdicts
        .iter()
        .map(|case| {
            let files = |key: &str, kind: &str| -> Vec<PathBuf> {
                let names = case[key].as_array().unwrap().iter();
                names
                    .map(|name| {
                        folder.join(format!("{kind}s/{}.{}", name.as_str().unwrap(), extension(kind)))
                    })
                    .collect()
            };
            let flag = |key: &str| case[key].as_str() == Some("true");
            let mut certificates = files("certs", "cert");
            let leaf = certificates.pop().unwrap();
            let anchor = certificates.remove(0);
            let title = text(&case["title"]);
            Case {
                number: text(&case["test"]),
                valid: case["should_validate"].as_bool().unwrap(),
                anchor,
                intermediates: certificates,
                leaf,
                crls: files("crls", "crl"),
                policies: policies(case["SetInitialPolicySet"].as_str().unwrap_or_default()),
                explicit_policy: flag("SetInitialExplicitPolicy"),
                inhibit_policy_mapping: flag("SetInitialPolicyMappingInhibit"),
                inhibit_any_policy: flag("SetInitialInhibitAnyPolicy"),
                legacy: title.contains("DSA"),
                title,
            }
        })
        .collect()
}

fn extension(kind: &str) -> &str {
    if kind == "cert" { "crt" } else { kind }
}

fn policies(names: &str) -> Vec<String> {
    names
        .trim_matches('"')
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| match name.strip_prefix("NIST-test-policy-") {
            Some(number) => format!("2.16.840.1.101.3.2.1.48.{number}"),
            None => ANY_POLICY.to_owned(),
        })
        .collect()
}

/// Makes a test of each of the 249 cases, which calls `$judge` with it, and one that makes sure that none is left out.
#[macro_export]
macro_rules! pkits_tests {
    ($judge:path) => {
        $crate::pkits_tests! { $judge;
            t4_1_1_valid_signatures_test1
            t4_1_2_invalid_ca_signature_test2
            t4_1_3_invalid_ee_signature_test3
            t4_1_4_valid_dsa_signatures_test4
            t4_1_5_valid_dsa_parameter_inheritance_test5
            t4_1_6_invalid_dsa_signature_test6
            t4_2_1_invalid_ca_notbefore_date_test1
            t4_2_2_invalid_ee_notbefore_date_test2
            t4_2_3_valid_pre2000_utc_notbefore_date_test3
            t4_2_4_valid_generalizedtime_notbefore_date_test4
            t4_2_5_invalid_ca_notafter_date_test5
            t4_2_6_invalid_ee_notafter_date_test6
            t4_2_7_invalid_pre2000_utc_ee_notafter_date_test7
            t4_2_8_valid_generalizedtime_notafter_date_test8
            t4_3_1_invalid_name_chaining_ee_test1
            t4_3_2_invalid_name_chaining_order_test2
            t4_3_3_valid_name_chaining_whitespace_test3
            t4_3_4_valid_name_chaining_whitespace_test4
            t4_3_5_valid_name_chaining_capitalization_test5
            t4_3_6_valid_name_chaining_uids_test6
            t4_3_7_valid_rfc3280_mandatory_attribute_types_test7
            t4_3_8_valid_rfc3280_optional_attribute_types_test8
            t4_3_9_valid_utf8string_encoded_names_test9
            t4_3_10_valid_rollover_from_printablestring_to_utf8string_test10
            t4_3_11_valid_utf8string_case_insensitive_match_test11
            t4_4_1_missing_crl_test1
            t4_4_2_invalid_revoked_ca_test2
            t4_4_3_invalid_revoked_ee_test3
            t4_4_4_invalid_bad_crl_signature_test4
            t4_4_5_invalid_bad_crl_issuer_name_test5
            t4_4_6_invalid_wrong_crl_test6
            t4_4_7_valid_two_crls_test7
            t4_4_8_invalid_unknown_crl_entry_extension_test8
            t4_4_9_invalid_unknown_crl_extension_test9
            t4_4_10_invalid_unknown_crl_extension_test10
            t4_4_11_invalid_old_crl_nextupdate_test11
            t4_4_12_invalid_pre2000_crl_nextupdate_test12
            t4_4_13_valid_generalizedtime_crl_nextupdate_test13
            t4_4_14_valid_negative_serial_number_test14
            t4_4_15_invalid_negative_serial_number_test15
            t4_4_16_valid_long_serial_number_test16
            t4_4_17_valid_long_serial_number_test17
            t4_4_18_invalid_long_serial_number_test18
            t4_4_19_valid_separate_certificate_and_crl_keys_test19
            t4_4_20_invalid_separate_certificate_and_crl_keys_test20
            t4_4_21_invalid_separate_certificate_and_crl_keys_test21
            t4_5_1_valid_basic_self_issued_old_with_new_test1
            t4_5_2_invalid_basic_self_issued_old_with_new_test2
            t4_5_3_valid_basic_self_issued_new_with_old_test3
            t4_5_4_valid_basic_self_issued_new_with_old_test4
            t4_5_5_invalid_basic_self_issued_new_with_old_test5
            t4_5_6_valid_basic_self_issued_crl_signing_key_test6
            t4_5_7_invalid_basic_self_issued_crl_signing_key_test7
            t4_5_8_invalid_basic_self_issued_crl_signing_key_test8
            t4_6_1_invalid_missing_basicconstraints_test1
            t4_6_2_invalid_ca_false_test2
            t4_6_3_invalid_ca_false_test3
            t4_6_4_valid_basicconstraints_not_critical_test4
            t4_6_5_invalid_pathlenconstraint_test5
            t4_6_6_invalid_pathlenconstraint_test6
            t4_6_7_valid_pathlenconstraint_test7
            t4_6_8_valid_pathlenconstraint_test8
            t4_6_9_invalid_pathlenconstraint_test9
            t4_6_10_invalid_pathlenconstraint_test10
            t4_6_11_invalid_pathlenconstraint_test11
            t4_6_12_invalid_pathlenconstraint_test12
            t4_6_13_valid_pathlenconstraint_test13
            t4_6_14_valid_pathlenconstraint_test14
            t4_6_15_valid_self_issued_pathlenconstraint_test15
            t4_6_16_invalid_self_issued_pathlenconstraint_test16
            t4_6_17_valid_self_issued_pathlenconstraint_test17
            t4_7_1_invalid_keyusage_critical_keycertsign_false_test1
            t4_7_2_invalid_keyusage_not_critical_keycertsign_false_test2
            t4_7_3_valid_keyusage_not_critical_test3
            t4_7_4_invalid_keyusage_critical_crlsign_false_test4
            t4_7_5_invalid_keyusage_not_critical_crlsign_false_test5
            t4_8_1_all_certificates_same_policy_test1_subpart_1
            t4_8_1_all_certificates_same_policy_test1_subpart_2
            t4_8_1_all_certificates_same_policy_test1_subpart_3
            t4_8_1_all_certificates_same_policy_test1_subpart_4
            t4_8_2_all_certificates_no_policies_test2_subpart_1
            t4_8_2_all_certificates_no_policies_test2_subpart_2
            t4_8_3_different_policies_test3_subpart_1
            t4_8_3_different_policies_test3_subpart_2
            t4_8_3_different_policies_test3_subpart_3
            t4_8_4_different_policies_test4
            t4_8_5_different_policies_test5
            t4_8_6_overlapping_policies_test6_subpart_1
            t4_8_6_overlapping_policies_test6_subpart_2
            t4_8_6_overlapping_policies_test6_subpart_3
            t4_8_7_different_policies_test7
            t4_8_8_different_policies_test8
            t4_8_9_different_policies_test9
            t4_8_10_all_certificates_same_policies_test10_subpart_1
            t4_8_10_all_certificates_same_policies_test10_subpart_2
            t4_8_10_all_certificates_same_policies_test10_subpart_3
            t4_8_11_all_certificates_anypolicy_test11_subpart_1
            t4_8_11_all_certificates_anypolicy_test11_subpart_2
            t4_8_12_different_policies_test12
            t4_8_13_all_certificates_same_policies_test13_subpart_1
            t4_8_13_all_certificates_same_policies_test13_subpart_2
            t4_8_13_all_certificates_same_policies_test13_subpart_3
            t4_8_14_anypolicy_test14_subpart_1
            t4_8_14_anypolicy_test14_subpart_2
            t4_8_15_user_notice_qualifier_test15
            t4_8_16_user_notice_qualifier_test16
            t4_8_17_user_notice_qualifier_test17
            t4_8_18_user_notice_qualifier_test18_subpart_1
            t4_8_18_user_notice_qualifier_test18_subpart_2
            t4_8_19_user_notice_qualifier_test19
            t4_8_20_cps_pointer_qualifier_test20
            t4_9_1_valid_requireexplicitpolicy_test1
            t4_9_2_valid_requireexplicitpolicy_test2
            t4_9_3_invalid_requireexplicitpolicy_test3
            t4_9_4_valid_requireexplicitpolicy_test4
            t4_9_5_invalid_requireexplicitpolicy_test5
            t4_9_6_valid_self_issued_requireexplicitpolicy_test6
            t4_9_7_invalid_self_issued_requireexplicitpolicy_test7
            t4_9_8_invalid_self_issued_requireexplicitpolicy_test8
            t4_10_1_1_valid_policy_mapping_test1_subpart_1
            t4_10_1_2_valid_policy_mapping_test1_subpart_2
            t4_10_1_3_valid_policy_mapping_test1_subpart_3
            t4_10_2_invalid_policy_mapping_test2_subpart_1
            t4_10_2_invalid_policy_mapping_test2_subpart_2
            t4_10_3_valid_policy_mapping_test3_subpart_1
            t4_10_3_valid_policy_mapping_test3_subpart_2
            t4_10_4_invalid_policy_mapping_test4
            t4_10_5_valid_policy_mapping_test5_subpart_1
            t4_10_5_valid_policy_mapping_test5_subpart_2
            t4_10_6_valid_policy_mapping_test6_subpart_1
            t4_10_6_valid_policy_mapping_test6_subpart_2
            t4_10_7_invalid_mapping_from_anypolicy_test7
            t4_10_8_invalid_mapping_to_anypolicy_test8
            t4_10_9_valid_policy_mapping_test9
            t4_10_10_invalid_policy_mapping_test10
            t4_10_11_valid_policy_mapping_test11
            t4_10_12_valid_policy_mapping_test12_subpart_1
            t4_10_12_valid_policy_mapping_test12_subpart_2
            t4_10_13_valid_policy_mapping_test13_subpart_1
            t4_10_13_valid_policy_mapping_test13_subpart_2
            t4_10_13_valid_policy_mapping_test13_subpart_3
            t4_10_14_valid_policy_mapping_test14
            t4_11_1_invalid_inhibitpolicymapping_test1
            t4_11_2_valid_inhibitpolicymapping_test2
            t4_11_3_invalid_inhibitpolicymapping_test3
            t4_11_4_valid_inhibitpolicymapping_test4
            t4_11_5_invalid_inhibitpolicymapping_test5
            t4_11_6_invalid_inhibitpolicymapping_test6
            t4_11_7_valid_self_issued_inhibitpolicymapping_test7
            t4_11_8_invalid_self_issued_inhibitpolicymapping_test8
            t4_11_9_invalid_self_issued_inhibitpolicymapping_test9
            t4_11_10_invalid_self_issued_inhibitpolicymapping_test10
            t4_11_11_invalid_self_issued_inhibitpolicymapping_test11
            t4_12_1_invalid_inhibitanypolicy_test1
            t4_12_2_valid_inhibitanypolicy_test2
            t4_12_3_inhibitanypolicy_test3_subpart_1
            t4_12_3_inhibitanypolicy_test3_subpart_2
            t4_12_4_invalid_inhibitanypolicy_test4
            t4_12_5_invalid_inhibitanypolicy_test5
            t4_12_6_invalid_inhibitanypolicy_test6
            t4_12_7_valid_self_issued_inhibitanypolicy_test7
            t4_12_8_invalid_self_issued_inhibitanypolicy_test8
            t4_12_9_valid_self_issued_inhibitanypolicy_test9
            t4_12_10_invalid_self_issued_inhibitanypolicy_test10
            t4_13_1_valid_dn_nameconstraints_test1
            t4_13_2_invalid_dn_nameconstraints_test2
            t4_13_3_invalid_dn_nameconstraints_test3
            t4_13_4_valid_dn_nameconstraints_test4
            t4_13_5_valid_dn_nameconstraints_test5
            t4_13_6_valid_dn_nameconstraints_test6
            t4_13_7_invalid_dn_nameconstraints_test7
            t4_13_8_invalid_dn_nameconstraints_test8
            t4_13_9_invalid_dn_nameconstraints_test9
            t4_13_10_invalid_dn_nameconstraints_test10
            t4_13_11_valid_dn_nameconstraints_test11
            t4_13_12_invalid_dn_nameconstraints_test12
            t4_13_13_invalid_dn_nameconstraints_test13
            t4_13_14_valid_dn_nameconstraints_test14
            t4_13_15_invalid_dn_nameconstraints_test15
            t4_13_16_invalid_dn_nameconstraints_test16
            t4_13_17_invalid_dn_nameconstraints_test17
            t4_13_18_valid_dn_nameconstraints_test18
            t4_13_19_valid_self_issued_dn_nameconstraints_test19
            t4_13_20_invalid_self_issued_dn_nameconstraints_test20
            t4_13_21_valid_rfc822_nameconstraints_test21
            t4_13_22_invalid_rfc822_nameconstraints_test22
            t4_13_23_valid_rfc822_nameconstraints_test23
            t4_13_24_invalid_rfc822_nameconstraints_test24
            t4_13_25_valid_rfc822_nameconstraints_test25
            t4_13_26_invalid_rfc822_nameconstraints_test26
            t4_13_27_valid_dn_and_rfc822_nameconstraints_test27
            t4_13_28_invalid_dn_and_rfc822_nameconstraints_test28
            t4_13_29_invalid_dn_and_rfc822_nameconstraints_test29
            t4_13_30_valid_dns_nameconstraints_test30
            t4_13_31_invalid_dns_nameconstraints_test31
            t4_13_32_valid_dns_nameconstraints_test32
            t4_13_33_invalid_dns_nameconstraints_test33
            t4_13_34_valid_uri_nameconstraints_test34
            t4_13_35_invalid_uri_nameconstraints_test35
            t4_13_36_valid_uri_nameconstraints_test36
            t4_13_37_invalid_uri_nameconstraints_test37
            t4_13_38_invalid_dns_nameconstraints_test38
            t4_14_1_valid_distributionpoint_test1
            t4_14_2_invalid_distributionpoint_test2
            t4_14_3_invalid_distributionpoint_test3
            t4_14_4_valid_distributionpoint_test4
            t4_14_5_valid_distributionpoint_test5
            t4_14_6_invalid_distributionpoint_test6
            t4_14_7_valid_distributionpoint_test7
            t4_14_8_invalid_distributionpoint_test8
            t4_14_9_invalid_distributionpoint_test9
            t4_14_10_valid_no_issuingdistributionpoint_test10
            t4_14_11_invalid_onlycontainsusercerts_crl_test11
            t4_14_12_invalid_onlycontainscacerts_crl_test12
            t4_14_13_valid_onlycontainscacerts_crl_test13
            t4_14_14_invalid_onlycontainsattributecerts_test14
            t4_14_15_invalid_onlysomereasons_test15
            t4_14_16_invalid_onlysomereasons_test16
            t4_14_17_invalid_onlysomereasons_test17
            t4_14_18_valid_onlysomereasons_test18
            t4_14_19_valid_onlysomereasons_test19
            t4_14_20_invalid_onlysomereasons_test20
            t4_14_21_invalid_onlysomereasons_test21
            t4_14_22_valid_idp_with_indirectcrl_test22
            t4_14_23_invalid_idp_with_indirectcrl_test23
            t4_14_24_valid_idp_with_indirectcrl_test24
            t4_14_25_valid_idp_with_indirectcrl_test25
            t4_14_26_invalid_idp_with_indirectcrl_test26
            t4_14_27_invalid_crlissuer_test27
            t4_14_28_valid_crlissuer_test28
            t4_14_29_valid_crlissuer_test29
            t4_14_30_valid_crlissuer_test30
            t4_14_31_invalid_crlissuer_test31
            t4_14_32_invalid_crlissuer_test32
            t4_14_33_valid_crlissuer_test33
            t4_14_34_invalid_crlissuer_test34
            t4_14_35_invalid_crlissuer_test35
            t4_15_1_invalid_deltacrlindicator_no_base_test1
            t4_15_2_valid_delta_crl_test2
            t4_15_3_invalid_delta_crl_test3
            t4_15_4_invalid_delta_crl_test4
            t4_15_5_valid_delta_crl_test5
            t4_15_6_invalid_delta_crl_test6
            t4_15_7_valid_delta_crl_test7
            t4_15_8_valid_delta_crl_test8
            t4_15_9_invalid_delta_crl_test9
            t4_15_10_invalid_delta_crl_test10
            t4_16_1_valid_unknown_not_critical_certificate_extension_test1
            t4_16_2_invalid_unknown_critical_certificate_extension_test2
        }
    };
    ($judge:path; $($name:ident)*) => {
        $(#[test]
        fn $name() {
            if let Some(case) = $crate::corpus::pkits::case(stringify!($name)) {
                $judge(case);
            }
        })*

        #[test]
        fn every_case_is_a_test() {
            let Some(cases) = $crate::corpus::pkits::cases() else { return };
            let names = [$(stringify!($name)),*];
            let cases: Vec<String> = cases.iter().map(|case| case.test_name()).collect();
            assert_eq!(names.len(), 249);
            assert_eq!(cases, names);
        }
    };
}
