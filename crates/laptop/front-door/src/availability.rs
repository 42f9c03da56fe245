//! Which functions can be invoked. The server listens before all of them are built.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// Which functions can be invoked.
#[derive(Debug, Default)]
pub struct Availability {
    states: watch::Sender<BTreeMap<String, State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Building,
    Deployed,
    /// It was not built, and there is no earlier build.
    Missing,
}

impl Availability {
    /// A build begins. Requests for a function without an earlier build wait for it.
    pub fn expect<'a>(&self, functions: impl Iterator<Item = &'a str>) {
        self.states.send_modify(|states| {
            for name in functions {
                let state = states.entry(name.to_owned()).or_insert(State::Building);
                if *state == State::Missing {
                    *state = State::Building;
                }
            }
        });
    }

    /// A function is deployed.
    pub fn deployed(&self, name: &str) {
        self.states.send_modify(|states| {
            states.insert(name.to_owned(), State::Deployed);
        });
    }

    /// A function could not be built or deployed. Its earlier build is used, if there is one.
    pub fn failed(&self, name: &str) {
        self.states.send_modify(|states| {
            if let Some(state) = states.get_mut(name)
                && *state == State::Building
            {
                *state = State::Missing;
            }
        });
    }

    /// Functions for which `keep` returns false were removed.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.states
            .send_modify(|states| states.retain(|name, _| keep(name)));
    }

    /// Waits while a function without an earlier build is being built.
    pub async fn settled(&self, name: &str) {
        let mut states = self.states.subscribe();
        // Fails only if the sender is dropped, which `self` owns.
        let _ = states
            .wait_for(|states| states.get(name) != Some(&State::Building))
            .await;
    }

    /// Returns why a function cannot be invoked, for the log.
    pub fn why_unavailable(&self, name: &str) -> Option<String> {
        match self.states.borrow().get(name)? {
            State::Building => Some(format!("{name} is still being built")),
            State::Missing => Some(format!("{name} could not be built")),
            State::Deployed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::pin, task::Context};

    use super::Availability;

    fn waits(availability: &Availability, name: &str) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        pin!(availability.settled(name))
            .poll(&mut context)
            .is_pending()
    }

    #[test]
    fn requests_wait_for_a_function_that_has_no_build() {
        let availability = Availability::default();

        availability.expect(["notes-get", "notes-put"].into_iter());
        availability.deployed("notes-get");

        assert!(!waits(&availability, "notes-get"));
        assert!(waits(&availability, "notes-put"));
        assert_eq!(availability.why_unavailable("notes-get"), None);
        let why = availability.why_unavailable("notes-put").unwrap();
        assert_eq!(why, "notes-put is still being built");
    }

    #[test]
    fn requests_do_not_wait_for_a_function_that_failed() {
        let availability = Availability::default();
        availability.expect(["notes-get"].into_iter());

        availability.failed("notes-get");
        let failed = waits(&availability, "notes-get");
        availability.expect(["notes-get"].into_iter());

        assert!(!failed);
        assert!(waits(&availability, "notes-get"));
    }

    #[test]
    fn a_failed_build_keeps_the_earlier_one_available() {
        let availability = Availability::default();
        availability.deployed("notes-get");

        availability.expect(["notes-get"].into_iter());
        availability.failed("notes-get");

        assert!(!waits(&availability, "notes-get"));
        assert_eq!(availability.why_unavailable("notes-get"), None);
    }
}
