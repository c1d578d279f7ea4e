//! What every [`Ledger`] must do, as checks that any implementation's tests can run.
//!
//! The checks panic with the broken rule, as tests do.

mod archive;
mod audit;
mod concurrency;
mod enrolment;
mod lifecycle;
mod listing;
mod reservation;
mod responder;
mod revocation;
mod sample;
mod succession;

use super::{Ledger, LedgerError};

pub use sample::{sample_authority, sample_event, sample_intent, sample_issued};

/// Runs every check, each on a ledger of its own.
///
/// # Panics
/// If the ledger breaks a rule.
pub fn run(make: &dyn Fn() -> Box<dyn Ledger>) {
    for check in [
        reservation::records_come_back_as_given,
        reservation::serials_are_unique,
        reservation::addresses_are_unique_per_class_and_usage,
        reservation::an_address_is_free_again_after_its_certificate_ended,
        reservation::a_batch_is_all_or_nothing,
        reservation::authorities_are_recorded_once,
        lifecycle::an_intent_becomes_a_certificate_once,
        lifecycle::an_intent_can_be_abandoned,
        lifecycle::collection_is_marked_once,
        lifecycle::revocation_is_final_but_for_a_hold,
        lifecycle::unfinished_work_is_reported,
        listing::the_newest_comes_first_in_pages,
        listing::filters_combine,
        listing::people_are_told_from_the_authority_itself,
        listing::an_unknown_page_mark_is_refused,
        audit::events_are_chained_with_their_change,
        audit::a_refused_change_leaves_no_event,
        audit::entries_come_in_pages,
        revocation::a_hold_can_be_released,
        revocation::changes_can_be_read_as_of_any_of_them,
        revocation::a_batch_of_revocations_is_all_or_nothing,
        revocation::certificates_of_authorities_can_be_revoked,
        revocation::only_what_has_not_come_can_be_brought_forward,
        revocation::no_crl_number_is_used_twice,
        revocation::numbers_that_were_published_are_given_up,
        revocation::a_crl_notes_what_it_takes_into_account,
        revocation::concurrent_crls_get_numbers_of_their_own,
        succession::a_new_authority_comes_with_its_cross_certificates,
        succession::an_authority_can_change,
        succession::a_renewal_names_what_it_renews,
        succession::a_notice_is_recorded_once,
        responder::a_responder_is_recorded_before_it_is_signed,
        responder::responders_share_no_serial,
        responder::a_standing_is_that_of_the_issuer,
        archive::a_key_is_archived_once,
        archive::keys_are_marked_by_what_became_of_them,
        enrolment::a_request_is_changed_by_one_at_a_time,
        enrolment::requests_are_filtered_newest_first,
        enrolment::documents_are_deleted_for_good,
        enrolment::a_list_of_people_replaces_the_one_before,
        concurrency::one_of_many_gets_the_address,
        concurrency::one_of_many_finishes_an_intent,
        concurrency::the_chain_holds_under_load,
    ] {
        let ledger = make();
        fine(
            ledger.add_authorities(&[sample_authority()], &[sample_event("authority")]),
            "recording the issuing CA",
        );
        check(ledger.as_ref());
    }
}

/// Returns the result of a call that must succeed.
fn fine<T>(result: Result<T, LedgerError>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what} failed: {error}"),
    }
}

/// Returns the error of a call that must fail.
fn refused<T>(result: Result<T, LedgerError>, what: &str) -> LedgerError {
    match result {
        Ok(_) => panic!("{what} was not refused"),
        Err(error) => error,
    }
}
