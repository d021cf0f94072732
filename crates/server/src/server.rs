//! The life of a server process: read the configuration, open the health door, start the replica, serve, reload, stop.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::config::{self, Config, Sources};
use crate::health::{Health, Vitals};
use crate::limits::{METRICS_UPKEEP, RUNTIME_STOP};
use crate::log::{self, Log};
use crate::metrics::{self, Exposition};
use crate::signals::{Heard, Signals};
use crate::{Failure, notify};

/// The node, as its process knows it.
pub trait Replica: Send + Sync + Sized + 'static {
    /// Why it could not start or go on.
    type Fault: Error + Send + Sync + 'static;

    /// Opens its data and its own listeners, and begins to take part. It need not have found a leader when this returns.
    /// May be dropped half way when the process is told to stop.
    fn start(config: &Config) -> impl Future<Output = Result<Self, Self::Fault>> + Send;

    /// How it is, for as long as it lives.
    fn vitals(&self) -> Arc<dyn Vitals>;

    /// Takes over the live keys of a new configuration.
    fn reload(&self, config: &Config);

    /// Ends when the replica can no longer go on, with the reason. The process then ends too.
    fn failed(&self) -> impl Future<Output = Self::Fault> + Send;

    /// Hands over what it leads, writes what is unwritten, closes. May be dropped when its time is up.
    fn stop(self) -> impl Future<Output = Result<(), Self::Fault>> + Send;
}

/// Runs a server until it is told to stop. What it returns decides the exit code of the process.
pub fn run<R: Replica>(sources: Sources) -> Result<(), Failure> {
    let config = sources.load()?;
    let log = log::install(&config.log)?;
    let exposition = metrics::install()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::System { what: "threads", error })?;
    let process = Process { sources, config, log, vitals: Arc::new(Pulse::new(exposition)) };
    let ended = runtime.block_on(process.live::<R>());
    runtime.shutdown_timeout(RUNTIME_STOP);
    ended
}

struct Process {
    sources: Sources,
    /// What counts now.
    config: Config,
    log: Log,
    vitals: Arc<Pulse>,
}

impl Process {
    async fn live<R: Replica>(mut self) -> Result<(), Failure> {
        let mut signals = Signals::listen()?;
        let (node, version) = (self.config.node_name(), env!("CARGO_PKG_VERSION"));
        tracing::info!(node, version, "starting");
        for warning in self.config.warnings() {
            tracing::warn!("{warning}");
        }
        // Dropped at the end of this life, and with it whatever still runs.
        let mut tasks = JoinSet::new();
        let health = Health::bind("listen.health", self.config.listen.health).await?;
        tracing::info!(address = %health.address(), "health listener is open");
        tasks.spawn(health.serve(self.vitals.clone()));
        tasks.spawn(fold(self.vitals.exposition.clone()));
        let replica = tokio::select! {
            started = R::start(&self.config) => started.map_err(failed)?,
            () = signals.stop() => {
                tracing::info!("told to stop before the start was done");
                return Ok(());
            }
        };
        self.vitals.become_of(Stage::Up(replica.vitals()));
        notify::ready(&notify::status(&*self.vitals));
        let watchdog = notify::watchdog().filter(|_| self.config.process.watchdog);
        tasks.spawn(notify::keep_telling(self.vitals.clone(), watchdog));
        tracing::info!("started");
        self.serve(&replica, &mut signals, &mut tasks).await?;
        self.stop(replica, &mut signals).await
    }

    /// Until the first request to stop.
    async fn serve<R: Replica>(
        &mut self,
        replica: &R,
        signals: &mut Signals,
        tasks: &mut JoinSet<()>,
    ) -> Result<(), Failure> {
        let mut failure = pin!(replica.failed());
        loop {
            tokio::select! {
                heard = signals.next() => match heard {
                    Heard::Stop => return Ok(()),
                    Heard::Reload => self.reload(replica),
                },
                fault = &mut failure => return Err(failed(fault)),
                Some(Err(error)) = tasks.join_next() => return Err(Failure::Bug(error)),
            }
        }
    }

    fn reload(&mut self, replica: &impl Replica) {
        notify::reloading();
        let wanted = self.sources.load();
        let outcome = wanted.as_ref().map_err(Clone::clone);
        match outcome.and_then(|wanted| config::reload(&self.config, wanted)) {
            Ok(reload) => {
                for change in &reload.live {
                    tracing::info!("reload: {change}");
                }
                for change in &reload.waiting {
                    tracing::warn!("reload: {change} waits for a restart");
                }
                let (live, waiting) = (reload.live.len(), reload.waiting.len());
                tracing::info!(live, waiting, "reloaded");
                self.config = reload.config;
                self.log.set(&self.config.log.level);
                replica.reload(&self.config);
            }
            Err(complaints) => {
                for complaint in &complaints.0 {
                    tracing::error!("{complaint}");
                }
                tracing::error!("nothing reloaded: the running configuration stays as it was");
            }
        }
        notify::ready(&notify::status(&*self.vitals));
    }

    async fn stop<R: Replica>(&self, replica: R, signals: &mut Signals) -> Result<(), Failure> {
        self.vitals.become_of(Stage::Stopping);
        tracing::info!("stopping");
        notify::stopping();
        let grace = self.config.process.shutdown_grace;
        tokio::select! {
            stopped = timeout(grace, replica.stop()) => match stopped {
                Ok(stopped) => stopped.map_err(failed)?,
                Err(_) => return Err(Failure::StopLate(grace)),
            },
            () = signals.stop() => return Err(Failure::Interrupted),
        }
        tracing::info!("stopped");
        Ok(())
    }
}

fn failed(fault: impl Error + Send + Sync + 'static) -> Failure {
    Failure::Replica(Box::new(fault))
}

async fn fold(exposition: Exposition) {
    let mut upkeep = interval(METRICS_UPKEEP);
    loop {
        upkeep.tick().await;
        exposition.fold();
    }
}

/// How the process is: before, during and after the life of its replica.
struct Pulse {
    exposition: Exposition,
    stage: RwLock<Stage>,
}

#[derive(Clone)]
enum Stage {
    Starting,
    Up(Arc<dyn Vitals>),
    Stopping,
}

impl Pulse {
    fn new(exposition: Exposition) -> Self {
        Self { exposition, stage: RwLock::new(Stage::Starting) }
    }

    fn become_of(&self, stage: Stage) {
        *self.stage.write().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn stage(&self) -> Stage {
        self.stage.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Vitals for Pulse {
    fn live(&self) -> Result<(), String> {
        match self.stage() {
            Stage::Up(replica) => replica.live(),
            Stage::Starting | Stage::Stopping => Ok(()),
        }
    }

    fn ready(&self) -> Result<String, String> {
        match self.stage() {
            Stage::Starting => Err("starting".into()),
            Stage::Up(replica) => replica.ready(),
            Stage::Stopping => Err("stopping".into()),
        }
    }

    fn metrics(&self) -> String {
        let own = match self.stage() {
            Stage::Up(replica) => replica.metrics(),
            Stage::Starting | Stage::Stopping => String::new(),
        };
        self.exposition.render() + &own
    }
}
