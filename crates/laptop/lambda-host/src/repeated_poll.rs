//! A future for a task that often wakes itself.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;

/// Polls a future again at once if it was woken while it was polled.
///
/// tokio would schedule such a task anew, and wake another thread that may take it. An environment's task
/// wakes itself several times in an invocation, because it serves the Runtime API as well: with one
/// connection, waking threads was most of the time that an invocation took.
pub(crate) struct RepeatedPoll {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    wakes: Arc<Wakes>,
    waker: Waker,
}

/// How often a future is polled before other tasks have their turn.
const MOST_POLLS: usize = 16;

struct Wakes {
    state: AtomicU8,
    /// Wakes the task.
    task: AtomicWaker,
}

/// The task waits to be woken.
const WAITING: u8 = 0;
/// The future is being polled.
const POLLED: u8 = 1;
/// The future has been woken, and will be polled.
const WOKEN: u8 = 2;

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::AcqRel) == WAITING {
            self.task.wake();
        }
    }
}

impl RepeatedPoll {
    pub(crate) fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        let wakes = Arc::new(Wakes {
            state: AtomicU8::new(WOKEN),
            task: AtomicWaker::new(),
        });
        Self {
            future: Box::pin(future),
            waker: Waker::from(Arc::clone(&wakes)),
            wakes,
        }
    }
}

impl Future for RepeatedPoll {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let Self {
            future,
            wakes,
            waker,
        } = &mut *self;
        wakes.task.register(task.waker());
        for _ in 0..MOST_POLLS {
            wakes.state.store(POLLED, Ordering::Release);
            if future
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_ready()
            {
                return Poll::Ready(());
            }
            let waits =
                wakes
                    .state
                    .compare_exchange(POLLED, WAITING, Ordering::AcqRel, Ordering::Acquire);
            if waits.is_ok() {
                return Poll::Pending;
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}
