//! Whether the key that signed a list may speak for the issuer (RFC 5280 6.3.3 (f), (g)).

use std::borrow::Cow;

use identity::{Certificate, CertificateList, PublicKey};

use super::super::build::Builder;
use super::super::inherited::working_key;
use super::super::name::Key;
use super::super::{PathOptions, Purpose};
use super::Question;
use crate::report::Verdict;

/// How many paths of signers of lists are searched for one question at most.
const MOST_SEARCHES: usize = 50;

impl<'a> Question<'a> {
    /// The key that signed the list: that of the issuer on the path, or another one of the name that
    /// leads to the same anchor. The error says why there is none.
    pub(super) fn signer(&self, index: usize, list: &CertificateList) -> Result<Cow<'a, PublicKey>, String> {
        let name = Key::of(list.issuer());
        let has_name = |candidate: &&'a Certificate| Key::of(candidate.subject()) == name;
        let may_sign = |signer: &Certificate| signer.key_usage().is_none_or(|usage| usage.crl_sign);
        let mut unfit = false;
        // An issuer that has changed its key stands on the path with both, and either may sign its lists.
        for (place, issuer) in self.above.iter().copied().enumerate() {
            let key = working_key(self.above.get(place..).unwrap_or_default());
            if let Some(key) = key.filter(|_| has_name(&issuer))
                && self.is_signed_by(index, list, &key)
            {
                if may_sign(issuer) {
                    return Ok(key);
                }
                unfit = true;
            }
        }
        for helper in self.context.helpers.iter().copied().filter(has_name) {
            if !self.is_signed_by(index, list, helper.public_key()) {
                continue;
            }
            // Off the path only who is named as a signer of lists is one (RFC 5280 4.2.1.3).
            let named = helper.key_usage().is_some_and(|usage| usage.crl_sign);
            if named && self.leads_to_the_same_anchor(helper) {
                return Ok(Cow::Borrowed(helper.public_key()));
            }
            unfit = true;
        }
        Err(if unfit {
            "is not to be trusted: the key that signed it may not sign lists".to_owned()
        } else {
            "was not signed by a key of its issuer that is at hand".to_owned()
        })
    }

    /// Checks (once) that a key signed a list.
    pub(super) fn is_signed_by(&self, index: usize, list: &CertificateList, signer: &PublicKey) -> bool {
        let key = (index, signer.spki_der().to_vec());
        if let Some(known) = self.context.state.borrow().signatures.get(&key) {
            return *known;
        }
        if !self.context.may_check() {
            return false;
        }
        let good = list.verify_signed_by(signer).is_ok();
        self.context.state.borrow_mut().signatures.insert(key, good);
        good
    }

    /// Searches for a path of the signer of a list to the anchor of this path. A signer may be on the very list that
    /// it signs: while its own standing is asked for, it counts as good.
    fn leads_to_the_same_anchor(&self, signer: &Certificate) -> bool {
        let Some(anchor) = self.above.last() else {
            return false;
        };
        let key = (signer.der().to_vec(), anchor.der().to_vec());
        {
            let mut state = self.context.state.borrow_mut();
            if let Some(known) = state.standing.get(&key) {
                return known.unwrap_or(true);
            }
            state.searches += 1;
            if state.searches > MOST_SEARCHES {
                state.exhausted = true;
                return false;
            }
            state.standing.insert(key.clone(), None);
        }
        let options = PathOptions {
            purpose: Purpose::Any,
            email: None,
            policies: &[],
            explicit_policy: false,
            ..self.options.clone()
        };
        let anchors = [(*anchor).clone()];
        let report = Builder::for_list_signer(signer, &anchors, self.context, &options).run();
        let good = report.verdict == Verdict::Valid;
        self.context.state.borrow_mut().standing.insert(key, Some(good));
        good
    }
}
