//! The state machine.

use std::fmt;
use std::str::FromStr;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It was made; whether the requester reads the address is not known yet.
    Requested,
    /// The requester reads the address, or the policy does not ask.
    MailboxProven,
    /// All other evidence that the policy demands is in.
    IdentityChecked,
    /// As many officers as the policy wants have agreed: a certificate may be issued.
    Approved,
    /// The certificate was issued and handed out.
    Collected,
    /// An officer refused it.
    Rejected,
    /// It was not completed in time.
    Expired,
    /// The requester took it back.
    Withdrawn,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A new confirmation code is sent.
    SendCode,
    /// The mailbox is proven.
    ProveMailbox,
    /// Evidence is recorded.
    RecordEvidence,
    /// The last piece of evidence for the identity is in.
    CheckIdentity,
    /// The last officer agrees.
    Approve,
    /// The certificate is issued and handed out.
    Collect,
    /// An officer refuses.
    Reject,
    /// Time runs out.
    Expire,
    /// The requester takes it back.
    Withdraw,
}

/// What a state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request is {state}, which does not allow to {event}: {}", possible(*state))]
pub struct TransitionError {
    /// The state.
    pub state: State,
    /// What was asked for.
    pub event: Event,
}

/// A state that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no state \"{given}\": use requested, mailbox-proven, identity-checked, approved, collected, rejected, expired or withdrawn"
)]
pub struct UnknownState {
    /// The beginning of the value as given.
    pub given: String,
}

impl State {
    /// All states, in the order of a request's life.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::MailboxProven,
        Self::IdentityChecked,
        Self::Approved,
        Self::Collected,
        Self::Rejected,
        Self::Expired,
        Self::Withdrawn,
    ];

    /// Returns the state that an event leads to.
    ///
    /// # Errors
    /// [`TransitionError`] if the state does not allow the event.
    pub fn after(self, event: Event) -> Result<Self, TransitionError> {
        use State::{
            Approved, Collected, Expired, IdentityChecked, MailboxProven, Rejected, Requested, Withdrawn,
        };
        let refused = Err(TransitionError { state: self, event });
        match (self, event) {
            (Collected | Rejected | Expired | Withdrawn, _) => refused,
            (_, Event::Reject) => Ok(Rejected),
            (_, Event::Expire) => Ok(Expired),
            (_, Event::Withdraw) => Ok(Withdrawn),
            (Requested, Event::ProveMailbox) => Ok(MailboxProven),
            (Requested, Event::SendCode) => Ok(Requested),
            (Requested | MailboxProven | IdentityChecked, Event::RecordEvidence) => Ok(self),
            (MailboxProven, Event::CheckIdentity) => Ok(IdentityChecked),
            // A class that asks for the mailbox alone has no identity to check.
            (MailboxProven | IdentityChecked, Event::Approve) => Ok(Approved),
            (Approved, Event::Collect) => Ok(Collected),
            _ => refused,
        }
    }

    /// Tells whether something can still happen to the request.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Requested | Self::MailboxProven | Self::IdentityChecked | Self::Approved
        )
    }
}

impl Event {
    /// All events.
    pub const ALL: [Self; 9] = [
        Self::SendCode,
        Self::ProveMailbox,
        Self::RecordEvidence,
        Self::CheckIdentity,
        Self::Approve,
        Self::Collect,
        Self::Reject,
        Self::Expire,
        Self::Withdraw,
    ];
}

fn possible(state: State) -> String {
    if !state.is_open() {
        return "nothing more happens to it; make a new request".to_owned();
    }
    let events: Vec<_> = Event::ALL
        .into_iter()
        .filter(|event| state.after(*event).is_ok() && *event != Event::Expire)
        .map(|event| event.to_string())
        .collect();
    format!("it is possible to {}", events.join(", to "))
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "requested",
            Self::MailboxProven => "mailbox-proven",
            Self::IdentityChecked => "identity-checked",
            Self::Approved => "approved",
            Self::Collected => "collected",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        })
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let named = |state: &Self| state.to_string() == text;
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownState {
            given: text.chars().take(32).collect(),
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendCode => "send a confirmation code",
            Self::ProveMailbox => "confirm the mailbox",
            Self::RecordEvidence => "record evidence",
            Self::CheckIdentity => "complete the identity check",
            Self::Approve => "approve it",
            Self::Collect => "collect the certificate",
            Self::Reject => "reject it",
            Self::Expire => "let it expire",
            Self::Withdraw => "withdraw it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each event, in the order of [`Event::ALL`]: the state that follows, or `.`.
    const TABLE: [(State, &str); 8] = [
        (State::Requested, "rmr...jxw"),
        (State::MailboxProven, "..mia.jxw"),
        (State::IdentityChecked, "..i.a.jxw"),
        (State::Approved, ".....cjxw"),
        (State::Collected, "........."),
        (State::Rejected, "........."),
        (State::Expired, "........."),
        (State::Withdrawn, "........."),
    ];

    #[test]
    fn every_state_answers_every_event_as_drawn() {
        let letter = |state: State| match state {
            State::Requested => 'r',
            State::MailboxProven => 'm',
            State::IdentityChecked => 'i',
            State::Approved => 'a',
            State::Collected => 'c',
            State::Rejected => 'j',
            State::Expired => 'x',
            State::Withdrawn => 'w',
        };
        for (state, row) in TABLE {
            let found: String = Event::ALL
                .into_iter()
                .map(|event| state.after(event).map_or('.', letter))
                .collect();
            assert_eq!(found, row, "{state}");
        }
    }

    #[test]
    fn a_refusal_names_the_state_and_what_is_possible() {
        let error = State::Requested.after(Event::Approve).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the request is requested, which does not allow to approve it: it is possible to send a confirmation \
             code, to confirm the mailbox, to record evidence, to reject it, to withdraw it"
        );
        let error = State::Rejected.after(Event::Collect).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("nothing more happens to it; make a new request")
        );
    }

    #[test]
    fn words_read_back() {
        for state in State::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert!("done".parse::<State>().is_err());
    }
}
