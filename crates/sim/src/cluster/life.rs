//! Lives: one run of one process, from its start until it is killed.
//!
//! Everything that a process does is done by its tasks, and each task belongs to a life. When the life ends, none of them
//! is ever polled again: no error path, no destructor of the future in the middle of its work speaks for the dead. While
//! it is frozen, none is polled either, and what was to wake them is remembered.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use openraft_rt::AsyncRuntime;
use openraft_rt_sim::{SimJoinHandle, SimRuntime};

use super::held;
use super::signal::Signal;
use crate::chance::Chance;

/// One run of one process. Clones mean the same one.
#[derive(Clone)]
pub struct Life(Arc<Inner>);

struct Inner {
    node: u64,
    run: u32,
    over: Signal,
    breath: Mutex<Breath>,
}

struct Breath {
    frozen: bool,
    chance: Chance,
    /// How often, in a hundred, a task that is ready lets others go first.
    yields: u32,
    /// Tasks that were to be polled while frozen.
    waiting: Vec<Waker>,
    panic: Option<String>,
}

thread_local! {
    /// Whose task is being polled.
    static CURRENT: RefCell<Option<Life>> = const { RefCell::new(None) };
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} run {}", self.node(), self.run())
    }
}

impl Life {
    /// The `run`-th life of a node. Ready tasks let others go first in so many cases of a hundred.
    pub(crate) fn new(node: u64, run: u32, chance: Chance, yields: u32) -> Self {
        let breath = Breath { frozen: false, chance, yields, waiting: Vec::new(), panic: None };
        Self(Arc::new(Inner { node, run, over: Signal::default(), breath: Mutex::new(breath) }))
    }

    /// Whose task is running, if it belongs to any life.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> u64 {
        self.0.node
    }

    /// Which of its lives this is.
    #[must_use]
    pub fn run(&self) -> u32 {
        self.0.run
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.over.is_given()
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        held(&self.0.breath).frozen
    }

    /// The panic by which it ended, if it did.
    #[must_use]
    pub fn panic(&self) -> Option<String> {
        held(&self.0.breath).panic.clone()
    }

    /// Ends it, here and now.
    pub fn end(&self) {
        self.0.over.give();
        // Whoever waits to be thawed is polled once more, to be buried.
        let waiting = std::mem::take(&mut held(&self.0.breath).waiting);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Lets it stand still: what it was doing goes on when it is thawed, as if no time had passed.
    pub fn freeze(&self) {
        held(&self.0.breath).frozen = true;
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        let waiting = {
            let mut breath = held(&self.0.breath);
            breath.frozen = false;
            std::mem::take(&mut breath.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for its end.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.over.wait()
    }

    /// A task of this life, and of all that it spawns.
    pub fn spawn<F>(&self, future: F) -> SimJoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        SimRuntime::spawn(Lived { life: self.clone(), future: Some(Box::pin(future)) })
    }

    /// Whether a task may go on now; if not, what is to become of it.
    fn breathe(&self, cx: &Context<'_>) -> Breathing {
        if self.is_over() {
            return Breathing::Over;
        }
        let mut breath = held(&self.0.breath);
        if breath.frozen {
            if !breath.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                breath.waiting.push(cx.waker().clone());
            }
            return Breathing::Waits;
        }
        let yields = breath.yields;
        if yields > 0 && breath.chance.percent(yields) {
            cx.waker().wake_by_ref();
            return Breathing::Waits;
        }
        Breathing::Goes
    }

    fn panicked(&self, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        held(&self.0.breath).panic.get_or_insert(text);
        self.end();
    }
}

enum Breathing {
    Goes,
    Waits,
    Over,
}

/// A future that belongs to a life.
struct Lived<F> {
    life: Life,
    /// Gone once its life is over.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Lived<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.life.breathe(cx) {
            Breathing::Goes => {}
            Breathing::Waits => return Poll::Pending,
            Breathing::Over => {
                self.future = None;
                return Poll::Pending;
            }
        }
        let life = self.life.clone();
        let Some(future) = &mut self.future else { return Poll::Pending };
        let before = CURRENT.replace(Some(life.clone()));
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        CURRENT.set(before);
        match polled {
            Ok(polled) => polled,
            Err(payload) => {
                // A process of ours does not outlive a panic of any of its tasks.
                life.panicked(payload.as_ref());
                resume_unwind(payload)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::cluster::runtime::NodeRuntime;

    fn life() -> Life {
        Life::new(1, 1, Chance::of(1), 0)
    }

    async fn pass(ms: u64) {
        SimRuntime::sleep(Duration::from_millis(ms)).await;
    }

    /// A task that spawns another; both count every millisecond.
    fn counting(life: &Life) -> Arc<AtomicU32> {
        let count = Arc::new(AtomicU32::new(0));
        let inner = Arc::clone(&count);
        drop(life.spawn(async move {
            let twin = Arc::clone(&inner);
            drop(NodeRuntime::spawn(async move {
                loop {
                    pass(1).await;
                    twin.fetch_add(1, Ordering::Relaxed);
                }
            }));
            loop {
                pass(1).await;
                inner.fetch_add(1, Ordering::Relaxed);
            }
        }));
        count
    }

    #[test]
    fn a_life_that_ended_does_nothing_more() {
        SimRuntime::with_seed(1).block_on(async {
            let (life, other) = (life(), life());
            let (count, others) = (counting(&life), counting(&other));
            pass(10).await;
            let before = count.load(Ordering::Relaxed);
            assert!(before >= 18);
            life.end();
            life.ended().await;
            pass(10).await;
            assert_eq!(count.load(Ordering::Relaxed), before, "its children too are dead");
            assert!(others.load(Ordering::Relaxed) > before);
            assert_eq!(Arc::strong_count(&count), 1, "and buried");
        });
    }

    #[test]
    fn what_is_frozen_goes_on_when_it_thaws() {
        SimRuntime::with_seed(1).block_on(async {
            let life = life();
            let count = counting(&life);
            pass(10).await;
            life.freeze();
            let before = count.load(Ordering::Relaxed);
            pass(1_000).await;
            assert_eq!(count.load(Ordering::Relaxed), before);
            life.thaw();
            pass(10).await;
            let after = count.load(Ordering::Relaxed) - before;
            assert!((18..=22).contains(&after), "it went on where it stood: {after}");
            life.freeze();
            life.end();
            pass(2).await;
            assert_eq!(Arc::strong_count(&count), 1, "who dies frozen is buried as well");
        });
    }

    #[test]
    fn a_panic_ends_the_whole_process() {
        SimRuntime::with_seed(1).block_on(async {
            let life = life();
            let count = counting(&life);
            pass(5).await;
            drop(life.spawn(async { panic!("by the test") }));
            life.ended().await;
            assert_eq!(life.panic().as_deref(), Some("by the test"));
            let before = count.load(Ordering::Relaxed);
            pass(5).await;
            assert_eq!(count.load(Ordering::Relaxed), before);
        });
    }

    #[test]
    fn tasks_that_yield_change_places_by_their_seed() {
        let order = |seed| {
            let done = Arc::new(Mutex::new(Vec::new()));
            SimRuntime::with_seed(1).block_on(async {
                let life = Life::new(1, 1, Chance::of(seed), 40);
                for number in 0..20 {
                    let done = Arc::clone(&done);
                    drop(life.spawn(async move { held(&done).push(number) }));
                }
                pass(1).await;
            });
            let order = held(&done).clone();
            assert_eq!(order.len(), 20);
            order
        };
        assert_eq!(order(3), order(3));
        assert_ne!(order(3), order(4));
    }
}
