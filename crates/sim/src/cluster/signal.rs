//! A signal: something that happens once, for whoever waits.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use super::held;

/// Something that happens once. Clones mean the same.
#[derive(Clone, Default)]
pub struct Signal(Arc<Mutex<(bool, Vec<Waker>)>>);

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signal({})", self.is_given())
    }
}

impl Signal {
    /// It happens.
    pub fn give(&self) {
        let waiting = {
            let mut signal = held(&self.0);
            signal.0 = true;
            std::mem::take(&mut signal.1)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether it has happened.
    #[must_use]
    pub fn is_given(&self) -> bool {
        held(&self.0).0
    }

    /// Waits until it happens.
    pub fn wait(&self) -> impl Future<Output = ()> + Send + 'static {
        let signal = self.clone();
        poll_fn(move |cx| {
            let mut signal = held(&signal.0);
            if signal.0 {
                return Poll::Ready(());
            }
            if !signal.1.iter().any(|waker| waker.will_wake(cx.waker())) {
                signal.1.push(cx.waker().clone());
            }
            Poll::Pending
        })
    }
}
