//! The runtime of a simulated process: the simulated runtime, but every task belongs to the life that spawned it.

use std::future::Future;
use std::io;
use std::time::Duration;

use openraft_rt::{AsyncRuntime, OptionalSend};
use openraft_rt_sim::{SimInstant, SimJoinHandle, SimRuntime};

use super::life::Life;

/// What a replica is built on in the simulator.
#[derive(Debug)]
pub struct NodeRuntime(SimRuntime);

type Of = SimRuntime;

impl AsyncRuntime for NodeRuntime {
    type JoinError = <Of as AsyncRuntime>::JoinError;
    type JoinHandle<T: OptionalSend + 'static> = SimJoinHandle<T>;
    type Sleep = <Of as AsyncRuntime>::Sleep;
    type Instant = SimInstant;
    type TimeoutError = <Of as AsyncRuntime>::TimeoutError;
    type Timeout<R, T: Future<Output = R> + OptionalSend> = <Of as AsyncRuntime>::Timeout<R, T>;
    type ThreadLocalRng = <Of as AsyncRuntime>::ThreadLocalRng;
    type Mpsc = <Of as AsyncRuntime>::Mpsc;
    type Watch = <Of as AsyncRuntime>::Watch;
    type Oneshot = <Of as AsyncRuntime>::Oneshot;
    type Mutex<T: OptionalSend + 'static> = <Of as AsyncRuntime>::Mutex<T>;

    fn spawn<T>(future: T) -> SimJoinHandle<T::Output>
    where
        T: Future + OptionalSend + 'static,
        T::Output: OptionalSend + 'static,
    {
        match Life::current() {
            Some(life) => life.spawn(future),
            None => Of::spawn(future),
        }
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        Of::sleep(duration)
    }

    fn sleep_until(deadline: SimInstant) -> Self::Sleep {
        Of::sleep_until(deadline)
    }

    fn timeout<R, F: Future<Output = R> + OptionalSend>(
        duration: Duration,
        future: F,
    ) -> Self::Timeout<R, F> {
        Of::timeout(duration, future)
    }

    fn timeout_at<R, F: Future<Output = R> + OptionalSend>(
        deadline: SimInstant,
        future: F,
    ) -> Self::Timeout<R, F> {
        Of::timeout_at(deadline, future)
    }

    fn is_panic(join_error: &Self::JoinError) -> bool {
        Of::is_panic(join_error)
    }

    fn thread_rng() -> Self::ThreadLocalRng {
        Of::thread_rng()
    }

    fn new(threads: usize) -> Self {
        Self(Of::new(threads))
    }

    fn block_on<F: Future<Output = T>, T>(&mut self, future: F) -> T {
        self.0.block_on(future)
    }

    fn spawn_blocking<F, T>(blocking: F) -> impl Future<Output = Result<T, io::Error>> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Of::spawn_blocking(blocking)
    }
}
