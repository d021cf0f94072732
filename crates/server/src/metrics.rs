//! The metrics of the process: the one recorder behind the `metrics` crate, and its text for Prometheus.

use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::Failure;

/// Upper bounds of the buckets of every histogram of seconds: from a fast disk to a lost minute.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 60.0,
];

/// The recorder of this process, once it is installed.
static INSTALLED: Mutex<Option<Exposition>> = Mutex::new(None);

/// The hand on what was recorded.
#[derive(Clone)]
pub struct Exposition {
    handle: PrometheusHandle,
}

/// Installs the recorder of this process; a second call gives the same one.
pub fn install() -> Result<Exposition, Failure> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(exposition) = installed.as_ref() {
        return Ok(exposition.clone());
    }
    let seconds = Matcher::Suffix("_seconds".into());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, SECONDS);
    let builder = builder.expect("there are buckets");
    let handle = builder.install_recorder().map_err(|_| Failure::Taken("metrics recorder"))?;
    metrics::describe_gauge!("reeve_build_info", "Always 1; its labels say which build this is");
    metrics::gauge!("reeve_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(installed.insert(Exposition { handle }).clone())
}

impl Exposition {
    /// Everything recorded, as Prometheus reads it.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds the samples of histograms. Without it they pile up until somebody scrapes.
    pub fn fold(&self) {
        self.handle.run_upkeep();
    }
}
