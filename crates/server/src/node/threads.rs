//! The threads of a node. Consensus has its own, and so have heartbeats on the wire: neither waits for whatever else the
//! process is busy with.

use reeve_node::transport;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::Failure;
use crate::limits::{BULK_THREADS, RAFT_THREADS, RUNTIME_STOP};

/// All of them, until it is dropped.
pub(super) struct Threads {
    runtimes: Vec<Runtime>,
    handles: Handles,
}

/// The ways to them.
#[derive(Clone)]
pub(super) struct Handles {
    /// Consensus and the office.
    pub raft: Handle,
    /// The wire between replicas.
    pub wire: transport::Threads,
}

impl Threads {
    pub(super) fn new() -> Result<Self, Failure> {
        let raft = runtime("raft", RAFT_THREADS)?;
        let pulse = runtime("pulse", 1)?;
        let bulk = runtime("bulk", BULK_THREADS)?;
        let wire = transport::Threads { pulse: pulse.handle().clone(), bulk: bulk.handle().clone() };
        let handles = Handles { raft: raft.handle().clone(), wire };
        Ok(Self { runtimes: vec![raft, pulse, bulk], handles })
    }

    pub(super) fn handles(&self) -> Handles {
        self.handles.clone()
    }
}

impl Threads {
    /// Ends them with all that still runs on them. To be called where waiting is allowed.
    pub(super) fn end(mut self) {
        for runtime in self.runtimes.drain(..) {
            runtime.shutdown_timeout(RUNTIME_STOP);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for them is not allowed where the rest of the process lives, and nothing is lost.
        for runtime in self.runtimes.drain(..) {
            runtime.shutdown_background();
        }
    }
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, Failure> {
    let built = Builder::new_multi_thread().worker_threads(threads).thread_name(name).enable_all().build();
    built.map_err(|error| Failure::System { what: "threads", error })
}
