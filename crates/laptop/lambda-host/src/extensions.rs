//! The extensions that a function's process has registered.
//!
//! All of them are internal extensions: Lambda starts external ones from `/opt/extensions`, which
//! this host does not have. Lambda notifies internal extensions of invocations only.

use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{call_refusal::Refusal, delivery::Delivery};

/// The most extensions that an environment may have.
const LIMIT: usize = 10;

/// A call to the Extensions API, and where its response goes.
pub(crate) enum ExtensionCall {
    /// `POST register`
    Register {
        name: String,
        events: Vec<String>,
        reply: oneshot::Sender<Result<Uuid, Refusal>>,
    },
    /// `GET event/next`
    Next {
        id: Uuid,
        reply: oneshot::Sender<Result<ExtensionEvent, Refusal>>,
    },
    /// `POST init/error` or `exit/error`
    Error {
        id: Uuid,
        phase: ErrorPhase,
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
}

/// The phase in which an extension failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorPhase {
    Init,
    Exit,
}

/// An event for an extension.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "eventType", rename_all = "UPPERCASE")]
pub(crate) enum ExtensionEvent {
    #[serde(rename_all = "camelCase")]
    Invoke {
        deadline_ms: u128,
        request_id: String,
        invoked_function_arn: String,
        tracing: Tracing,
    },
}

/// The trace of an invocation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tracing {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

/// The extensions of one process.
#[derive(Default)]
pub(crate) struct Extensions {
    registered: Vec<Extension>,
}

struct Extension {
    id: Uuid,
    name: String,
    /// Whether it subscribed to `INVOKE`.
    subscribed: bool,
    /// Where its next event goes, while it waits for one.
    waiting: Option<oneshot::Sender<Result<ExtensionEvent, Refusal>>>,
}

impl Extensions {
    pub(crate) fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    /// Returns whether every extension waits for its next event.
    pub(crate) fn are_waiting(&self) -> bool {
        self.registered
            .iter()
            .all(|extension| extension.waiting.is_some())
    }

    /// Registers an extension, which is possible until the init phase ends.
    pub(crate) fn register(
        &mut self,
        name: String,
        events: &[String],
        in_init: bool,
    ) -> Result<Uuid, Refusal> {
        for event in events {
            let reason = match event.as_str() {
                "INVOKE" => continue,
                "SHUTDOWN" => "ShutdownEventNotSupportedForInternalExtension",
                _ => "ErrorInvalidEventType",
            };
            let message = format!("{event}: {reason}");
            return Err(Refusal::forbidden_because(
                "Extension.InvalidEventType",
                message,
            ));
        }
        if !in_init {
            return Err(Refusal::forbidden(
                "Extension.RegistrationClosed",
                "Extension registration closed already",
            ));
        }
        if self.registered.len() >= LIMIT {
            return Err(Refusal::forbidden_because(
                "Extension.TooManyExtensions",
                format!("Extension limit ({LIMIT}) reached"),
            ));
        }
        if self.registered.iter().any(|other| other.name == name) {
            return Err(Refusal::forbidden(
                "Extension.InvalidExtensionState",
                "Extension with this name already registered",
            ));
        }
        let id = Uuid::new_v4();
        self.registered.push(Extension {
            id,
            name,
            subscribed: !events.is_empty(),
            waiting: None,
        });
        Ok(id)
    }

    /// Keeps the call until there is an event for the extension.
    pub(crate) fn wait(
        &mut self,
        id: Uuid,
        reply: oneshot::Sender<Result<ExtensionEvent, Refusal>>,
    ) {
        match self.find(id) {
            Ok(extension) => extension.waiting = Some(reply),
            Err(refusal) => {
                // The caller may have gone.
                let _ = reply.send(Err(refusal));
            }
        }
    }

    /// Fails if no extension has this identifier.
    pub(crate) fn check(&mut self, id: Uuid) -> Result<(), Refusal> {
        self.find(id).map(|_| ())
    }

    /// Sends `INVOKE` to the extensions that subscribed to it.
    pub(crate) fn notify(&mut self, delivery: &Delivery) {
        for extension in &mut self.registered {
            if !extension.subscribed {
                continue;
            }
            if let Some(reply) = extension.waiting.take() {
                // An extension that has gone does not call again, and the invocation times out.
                let _ = reply.send(Ok(ExtensionEvent::invoke(delivery)));
            }
        }
    }

    fn find(&mut self, id: Uuid) -> Result<&mut Extension, Refusal> {
        self.registered
            .iter_mut()
            .find(|extension| extension.id == id)
            .ok_or_else(|| {
                Refusal::forbidden_because(
                    "Extension.UnknownExtensionIdentifier",
                    format!("Unknown extension {id}"),
                )
            })
    }
}

impl ExtensionEvent {
    fn invoke(delivery: &Delivery) -> Self {
        Self::Invoke {
            deadline_ms: delivery.deadline_ms,
            request_id: delivery.request_id.to_string(),
            invoked_function_arn: delivery.arn.clone(),
            tracing: Tracing {
                kind: "X-Amzn-Trace-Id",
                value: delivery.trace_id.clone(),
            },
        }
    }
}
