//! The state of a process as its calls show it: which call is allowed when, and what it means.

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    call_refusal::Refusal,
    delivery::Delivery,
    extensions::{ErrorPhase, ExtensionCall, Extensions},
    failure::Failure,
    runtime_call::{Answer, Call},
};

/// The runtime and the extensions of one process.
pub(crate) struct Lifecycle {
    state: State,
    /// Where the next invocation goes, while the runtime waits for one.
    waiting: Option<oneshot::Sender<Result<Delivery, Refusal>>>,
    extensions: Extensions,
    /// The id of the latest invocation. It stays when the runtime has answered.
    request_id: Option<Uuid>,
}

enum State {
    /// The runtime or an extension has not asked for its first invocation or event.
    Init,
    /// The runtime and all extensions wait.
    Idle,
    /// The runtime has an invocation. `truncated`: its answer was incomplete.
    Busy { truncated: bool },
    /// The runtime has answered. It or an extension has not asked for more yet.
    Answered,
}

/// What the environment learns from a call.
pub(crate) enum RuntimeEvent {
    /// The runtime and all extensions wait for the next invocation.
    Ready,
    /// The runtime has answered its invocation.
    Answer(Result<Bytes, Failure>),
    /// The runtime or an extension reported that it cannot go on.
    Failed(Failure),
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Init,
            waiting: None,
            extensions: Extensions::default(),
            request_id: None,
        }
    }

    /// Returns whether an invocation could be delivered now.
    pub(crate) fn is_ready(&self) -> bool {
        self.runtime_waits() && self.extensions.are_waiting()
    }

    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Returns whether the process registered an extension.
    pub(crate) fn has_extensions(&self) -> bool {
        !self.extensions.is_empty()
    }

    /// Delivers an invocation; returns it if the process is not ready.
    pub(crate) fn deliver(&mut self, delivery: Delivery) -> Result<(), Delivery> {
        let request_id = delivery.request_id;
        if !self.is_ready() {
            return Err(delivery);
        }
        let Some(waiting) = self.waiting.take() else {
            return Err(delivery);
        };
        self.extensions.notify(&delivery);
        match waiting.send(Ok(delivery)) {
            Ok(()) => {
                self.state = State::Busy { truncated: false };
                self.request_id = Some(request_id);
                Ok(())
            }
            Err(returned) => {
                self.state = State::Answered;
                Err(returned.expect("only a delivery was sent"))
            }
        }
    }

    /// Responds to a call, and returns what it means for the environment.
    pub(crate) fn handle(&mut self, call: Call) -> Option<RuntimeEvent> {
        match call {
            Call::Next(waiting) => self.next(waiting),
            Call::Answer { id, answer, reply } => self.answer(&id, answer, reply),
            Call::InitError { report, reply } => {
                if !matches!(self.state, State::Init) {
                    return refuse(reply, Refusal::INVALID_STATE_TRANSITION);
                }
                let _ = reply.send(Ok(()));
                let failure = Failure::reported(report.error_type.as_deref(), report.payload);
                Some(RuntimeEvent::Failed(failure))
            }
            Call::Extension(call) => self.extension(call),
        }
    }

    fn next(
        &mut self,
        waiting: oneshot::Sender<Result<Delivery, Refusal>>,
    ) -> Option<RuntimeEvent> {
        match self.state {
            State::Busy { truncated: false } => refuse(waiting, Refusal::INVALID_STATE_TRANSITION),
            _ if self.runtime_waits() => refuse(waiting, Refusal::INVALID_STATE_TRANSITION),
            State::Busy { truncated: true } => {
                self.state = State::Answered;
                self.waiting = Some(waiting);
                // The environment sees with `is_ready` that the process waits.
                self.become_idle();
                Some(RuntimeEvent::Answer(Err(Failure::TruncatedResponse)))
            }
            State::Init | State::Idle | State::Answered => {
                self.waiting = Some(waiting);
                self.become_idle()
            }
        }
    }

    fn answer(
        &mut self,
        id: &str,
        answer: Answer,
        reply: oneshot::Sender<Result<(), Refusal>>,
    ) -> Option<RuntimeEvent> {
        // As AWS's emulator: the id is compared before the state.
        let id = Uuid::try_parse(id).ok();
        if id.is_none() || id != self.request_id {
            return refuse(reply, Refusal::INVALID_REQUEST_ID);
        }
        let State::Busy { truncated } = &mut self.state else {
            return refuse(reply, Refusal::INVALID_STATE_TRANSITION);
        };
        // The process may have ended.
        let _ = reply.send(Ok(()));
        let outcome = match answer {
            // The process may be about to end. If it calls `next` instead, this was its answer.
            Answer::Truncated => {
                *truncated = true;
                return None;
            }
            Answer::Payload(payload) => Ok(payload),
            Answer::Error(report) => Err(Failure::reported(
                report.error_type.as_deref(),
                report.payload,
            )),
            Answer::TooLarge => Err(Failure::ResponseTooLarge),
            Answer::InvalidMode => Err(Failure::InvalidResponseMode),
        };
        self.state = State::Answered;
        Some(RuntimeEvent::Answer(outcome))
    }

    fn extension(&mut self, call: ExtensionCall) -> Option<RuntimeEvent> {
        match call {
            ExtensionCall::Register {
                name,
                events,
                reply,
            } => {
                // The runtime's first `next` ends the registration.
                let open = matches!(self.state, State::Init) && self.waiting.is_none();
                let _ = reply.send(self.extensions.register(name, &events, open));
                None
            }
            ExtensionCall::Next { id, reply } => {
                self.extensions.wait(id, reply);
                match self.state {
                    State::Init | State::Answered => self.become_idle(),
                    State::Idle | State::Busy { .. } => None,
                }
            }
            ExtensionCall::Error { id, phase, reply } => {
                let known = self.extensions.check(id);
                let failed = known.is_ok();
                let _ = reply.send(known);
                failed.then_some(RuntimeEvent::Failed(match phase {
                    ErrorPhase::Init => Failure::Extension("Extension.InitError"),
                    ErrorPhase::Exit => Failure::Extension("Extension.ExitError"),
                }))
            }
        }
    }

    fn runtime_waits(&self) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|waiting| !waiting.is_closed())
    }

    fn become_idle(&mut self) -> Option<RuntimeEvent> {
        if !self.is_ready() {
            return None;
        }
        self.state = State::Idle;
        Some(RuntimeEvent::Ready)
    }
}

fn refuse<T>(reply: oneshot::Sender<Result<T, Refusal>>, refusal: Refusal) -> Option<RuntimeEvent> {
    // The caller may have gone.
    let _ = reply.send(Err(refusal));
    None
}
