//! The door of the crate: deploy functions, invoke them, shut down.

use bytes::Bytes;

use crate::{Error, FunctionConfiguration, InvokeOutcome, Settings};

/// Lambda on this machine.
#[derive(Debug)]
pub struct Host {
    settings: Settings,
}

impl Host {
    /// Makes a host without functions.
    pub fn start(settings: Settings) -> Result<Self, Error> {
        Ok(Self { settings })
    }

    /// Creates a function, or replaces it: requests in flight finish on the old program, new ones
    /// go to the new one.
    pub async fn deploy(&self, function: FunctionConfiguration) -> Result<(), Error> {
        let _ = (&self.settings, function);
        Ok(())
    }

    /// Takes a function away; requests in flight finish. False if there was none.
    pub async fn remove(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Sends one request to a function and waits for what becomes of it.
    ///
    /// The request runs to its end even if the returned future is dropped. `trace_id` is the value
    /// of `x-amzn-trace-id`; without one a new trace begins.
    pub async fn invoke(
        &self,
        name: &str,
        payload: Bytes,
        trace_id: Option<&str>,
    ) -> InvokeOutcome {
        let _ = (name, payload, trace_id);
        InvokeOutcome::NotFound
    }

    /// Ends every environment: SIGTERM, and SIGKILL two seconds later. When it returns, no process
    /// of a function is left. Requests in flight fail; new ones find no function.
    pub async fn shutdown(&self) {}
}
