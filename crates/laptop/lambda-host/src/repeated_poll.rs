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

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, sync::atomic::AtomicUsize};

    use super::*;

    /// Counts how often a task is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Polls a future once that wakes itself in its first `self_wakes` polls, and is ready in the poll after `ready_after`.
    /// Returns whether it is ready, how often it was polled and how often the task was woken.
    fn poll_once(self_wakes: usize, ready_after: usize) -> (bool, usize, usize) {
        let count = Arc::new(Count::default());
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&polls);
        let mut future = RepeatedPoll::new(poll_fn(move |context| {
            let before = counted.fetch_add(1, Ordering::Relaxed);
            if before == ready_after {
                return Poll::Ready(());
            }
            if before < self_wakes {
                context.waker().wake_by_ref();
            }
            Poll::Pending
        }));
        let waker = Waker::from(Arc::clone(&count));
        let is_ready = Pin::new(&mut future)
            .poll(&mut Context::from_waker(&waker))
            .is_ready();
        (
            is_ready,
            polls.load(Ordering::Relaxed),
            count.0.load(Ordering::Relaxed),
        )
    }

    #[test]
    fn a_future_that_wakes_itself_is_polled_again_without_waking_the_task() {
        assert_eq!(poll_once(3, 3), (true, 4, 0));
    }

    #[test]
    fn a_future_that_does_not_wake_itself_is_polled_once() {
        assert_eq!(poll_once(0, 1), (false, 1, 0));
    }

    #[test]
    fn other_tasks_have_their_turn_after_sixteen_polls() {
        assert_eq!(poll_once(usize::MAX, usize::MAX), (false, 16, 1));
    }

    #[test]
    fn a_waiting_future_wakes_the_task_once_until_it_is_polled() {
        let count = Arc::new(Count::default());
        let task = Waker::from(Arc::clone(&count));
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut future = RepeatedPoll::new(poll_fn(move |context| {
            let _ = sender.send(context.waker().clone());
            Poll::Pending
        }));

        for round in 1..=2 {
            let pending = Pin::new(&mut future).poll(&mut Context::from_waker(&task));
            assert!(pending.is_pending());
            let waker = receiver.recv().unwrap();
            waker.wake_by_ref();
            waker.wake_by_ref();
            assert_eq!(count.0.load(Ordering::Relaxed), round);
        }
    }
}
