//! Registration numbers of organizations, and countries.

/// Returns what is wrong with a registration number (ETSI EN 319 412-1, 5.1.4; SBR 7.1.4.2.2 (d) and appendix A), which
/// must agree with the country of the subject if there is one.
pub(crate) fn fault(value: &str, country: Option<&str>) -> Option<String> {
    let shape = "it is not scheme, country and number, such as NTRFR-552100554";
    let (head, reference) = match value.split_once('-') {
        Some((head, reference)) => (head, Some(reference)),
        None => (value, None),
    };
    let (place, state) = match head.split_once('+') {
        Some((place, state)) => (place, Some(state)),
        None => (head, None),
    };
    let (Some(scheme), Some(registered)) = (place.get(..3), place.get(3..)) else {
        return Some(shape.to_owned());
    };
    let known = ["NTR", "VAT", "PSD", "LEI", "GOV", "INT"];
    let state_sound = state.is_none_or(|state| {
        matches!(scheme, "NTR" | "GOV")
            && !state.is_empty()
            && state.len() <= 3
            && state.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if !known.contains(&scheme) || !is_register(scheme, registered) || !state_sound {
        return Some(shape.to_owned());
    }
    match (scheme, reference) {
        ("GOV" | "INT", Some(_)) => {
            return Some(format!(
                "what {scheme} stands for has no number: {scheme}{registered} is all"
            ));
        }
        ("GOV" | "INT", None) => {}
        (_, None) => return Some(shape.to_owned()),
        (_, Some(reference)) if reference.trim().is_empty() => return Some(shape.to_owned()),
        ("LEI", Some(reference)) if !is_lei(reference) => {
            return Some(format!(
                "{reference} is no LEI: its 20 characters do not check (ISO 17442)"
            ));
        }
        _ => {}
    }
    if matches!(scheme, "LEI" | "INT") {
        let example = if scheme == "LEI" {
            "an LEI is registered in XG, as in LEIXG-5493001KJTIIGC8Y1R12"
        } else {
            "what is international is written INTXG"
        };
        return (registered != "XG").then(|| example.to_owned());
    }
    match country {
        Some(country) if country != registered => Some(format!(
            "it is registered in {registered}, but the country is {country}"
        )),
        _ => None,
    }
}

/// Tells whether a scheme has registers there: in a country; for VAT also in Greece by its other name and in Northern Ireland;
/// what is international has XG, which is asked after.
fn is_register(scheme: &str, place: &str) -> bool {
    match scheme {
        "LEI" | "INT" => has_form_of_country(place),
        "VAT" => matches!(place, "EL" | "XI") || is_country(place),
        _ => is_country(place),
    }
}

/// Tells whether a text has the form of a country code.
pub(crate) fn has_form_of_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Tells whether a text is the code of a country, or XX, which stands for none (SBR 7.1.4.2.2 (n)).
pub(crate) fn is_country(text: &str) -> bool {
    text == "XX" || (has_form_of_country(text) && COUNTRIES.split(' ').any(|country| country == text))
}

/// Tells whether a legal entity identifier checks (ISO 17442; ISO 7064, MOD 97-10).
fn is_lei(text: &str) -> bool {
    let remainder = text.bytes().try_fold(0_u32, |remainder, byte| match byte {
        b'0'..=b'9' => Some((remainder * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((remainder * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    });
    text.len() == 20 && remainder == Some(1)
}

/// ISO 3166-1, alpha-2.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for sound in [
            "NTRFR-552100554",
            "NTRUS+CA-1234",
            "VATEL-1",
            "LEIXG-5493001KJTIIGC8Y1R12",
            "GOVUS",
            "GOVUS+CA",
            "INTXG",
        ] {
            assert_eq!(fault(sound, None), None, "{sound}");
        }
        for unsound in [
            "",
            "NTRFR",
            "NTRFR-",
            "NTRfr-1",
            "NTRZZ-1",
            "VATFR+A-1",
            "LEIXG-5493001KJTIIGC8Y1R13",
            "LEIFR-5493001KJTIIGC8Y1R12",
            "GOVUS-1",
            "INTUS",
            "XYZFR-1",
        ] {
            assert!(fault(unsound, None).is_some(), "{unsound}");
        }
        assert!(fault("NTRFR-1", Some("DE")).unwrap().contains("DE"));
        assert_eq!(fault("INTXG", Some("DE")), None);
    }

    #[test]
    fn countries() {
        assert!(is_country("FR") && is_country("ZW") && is_country("AD") && is_country("XX"));
        assert!(!is_country("UK") && !is_country("F ") && !is_country("fr") && !is_country("D AE"));
        assert_eq!(COUNTRIES.split(' ').count(), 249);
    }
}
