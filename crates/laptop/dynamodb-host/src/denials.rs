//! Reports the calls that were denied, so that a developer learns which permission is missing.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use http::HeaderMap;
use manifest::Resource;

/// A call that a function may not make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The function.
    pub function: String,
    /// The action without `dynamodb:`.
    pub action: String,
    /// The table or index; `None` if no declaration can permit the action.
    pub resource: Option<Resource>,
    /// The value of `x-amzn-trace-id`, with which AWS's SDKs name the invocation.
    pub trace_id: Option<String>,
}

/// Passes denials to the observer, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Denials(Arc<OnceLock<Observer>>);

type Observer = Box<dyn Fn(Denial) + Send + Sync>;

impl Denials {
    /// Sets the observer. A second one is ignored.
    pub(crate) fn observe(&self, observer: impl Fn(Denial) + Send + Sync + 'static) {
        // Fails if there is an observer.
        let _ = self.0.set(Box::new(observer));
    }

    pub(crate) fn report(
        &self,
        function: &str,
        action: &str,
        resource: Option<&Resource>,
        headers: &HeaderMap,
    ) {
        let Some(observer) = self.0.get() else {
            return;
        };
        let trace_id = headers.get("x-amzn-trace-id");
        observer(Denial {
            function: function.to_owned(),
            action: action.to_owned(),
            resource: resource.cloned(),
            trace_id: trace_id
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        });
    }
}

impl fmt::Debug for Denials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denials").finish_non_exhaustive()
    }
}
