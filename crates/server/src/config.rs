//! The configuration of a server: one table of keys (`config/keys.rs`) from which everything else follows: the typed
//! [`Config`], the commented default file, parsing with places, environment names, ranges, and what a reload may change.
//!
//! Layers, the later over the earlier: defaults, the file, the environment, `--set`. Whatever is wrong in any of them is
//! said in one go, each complaint with its place, key, code and way out.

mod change;
mod complaint;
mod file;
mod keys;
mod layers;
mod print;
mod relations;
mod suggest;
mod table;
mod value;

pub use change::{Change, Reload, reload};
pub use complaint::{Code, Complaint, Complaints, Place};
pub use keys::{Admission, Batch, Config, Disk, KEYS, Listen, Log, Node, Process, Raft, SECTIONS, Store};
pub use layers::{Flag, Sources};
pub use print::default_file;
pub use table::{Key, Reloading, Section};
pub use value::{ByteSize, Engine, HostPort, LogFilter, LogFormat, Misfit, NodeName, Raw, Value};

impl Config {
    /// The name of this node: as configured, or that of the machine.
    #[must_use]
    pub fn node_name(&self) -> String {
        let machine = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        self.node.name.as_ref().map_or_else(machine, |name| name.as_str().to_owned())
    }

    /// Where clients and workers are told to find this node.
    #[must_use]
    pub fn advertised_public(&self) -> HostPort {
        self.listen.advertise_public.clone().unwrap_or_else(|| self.listen.public.into())
    }

    /// Where the other nodes are told to find this node.
    #[must_use]
    pub fn advertised_peer(&self) -> HostPort {
        self.listen.advertise_peer.clone().unwrap_or_else(|| self.listen.peer.into())
    }

    /// What is allowed and yet should be said at each start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (key, address) in self.listen.exposed() {
            warnings.push(format!(
                "{key} = {address} is open to the network without authentication (listen.insecure_no_auth): whoever \
                 reaches it may do anything; keep it behind a firewall"
            ));
        }
        if self.node.engine == Engine::Memory {
            warnings.push("node.engine = memory: everything is forgotten when this process ends".into());
        }
        warnings
    }
}

impl Listen {
    /// The listeners, each by its key.
    #[must_use]
    pub fn all(&self) -> [(&'static str, std::net::SocketAddr); 3] {
        [("listen.public", self.public), ("listen.peer", self.peer), ("listen.health", self.health)]
    }

    /// The listeners that other machines can reach.
    pub fn exposed(&self) -> impl Iterator<Item = (&'static str, std::net::SocketAddr)> {
        self.all().into_iter().filter(|(_, address)| !address.ip().to_canonical().is_loopback())
    }
}
