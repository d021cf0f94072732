//! The ground that production stands on: tokio's runtime, a thread for each worker, the system's clocks.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use openraft::TokioRuntime;
use reeve_store::engine::Engine;

use crate::platform::{Clock, Hands, Network, Platform};
use crate::post::{Post, Worker, labour};

/// Production, on an engine, over a network, with these hands.
pub struct Ground<E, N, H> {
    engine: PhantomData<E>,
    network: PhantomData<N>,
    hands: PhantomData<H>,
    workers: Workers,
}

/// The threads of those who were employed.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<Vec<JoinHandle<()>>>>);

impl Workers {
    /// Waits until all of them have gone: each does when nobody can hand in a job any more. A process that ends while one
    /// is at its engine may crash on its way out.
    pub fn wait(&self) {
        let threads = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a worker died");
            }
        }
    }
}

impl<E, N, H> Ground<E, N, H> {
    /// The threads of those who are employed here.
    #[must_use]
    pub fn workers(&self) -> Workers {
        self.workers.clone()
    }
}

impl<E, N, H> Default for Ground<E, N, H> {
    fn default() -> Self {
        let (engine, network, hands) = (PhantomData, PhantomData, PhantomData);
        Self { engine, network, hands, workers: Workers::default() }
    }
}

impl<E: Engine, N: Network, H: Hands> Platform for Ground<E, N, H> {
    type Runtime = TokioRuntime;
    type Engine = E;
    type Network = N;
    type Clock = SystemClock;
    type Hands = H;

    fn employ<W: Worker>(&self, name: &'static str, worker: W) -> Post<W::Job> {
        let (post, inbox) = Post::new();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            match runtime {
                Ok(runtime) => {
                    runtime.block_on(labour::<TokioRuntime, W, _>(worker, inbox, || std::future::ready(())));
                }
                // Whoever hands in a job hears that the worker has gone.
                Err(error) => tracing::error!("no runtime for the worker {name}: {error}"),
            }
        };
        match std::thread::Builder::new().name(name.into()).spawn(work) {
            Ok(thread) => self.workers.0.lock().unwrap_or_else(PoisonError::into_inner).push(thread),
            Err(error) => tracing::error!("no thread for the worker {name}: {error}"),
        }
        post
    }
}

/// The clocks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn mono_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wall_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
