//! What must hold between keys. A new relation is a new entry of the list; all of them are looked at, at each start and
//! each reload.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::complaint::{Code, Complaint, Place};
use super::keys::Config;
use super::value::{HostPort, Value};

/// The sentences of a complaint: what is wrong, and the way out.
type Broken = Option<(String, String)>;

struct Relation {
    /// The keys, the one to complain about first.
    keys: &'static [&'static str],
    code: Code,
    broken: fn(&Config) -> Broken,
}

const RELATIONS: &[Relation] = &[
    Relation {
        keys: &["raft.election_timeout_min", "raft.heartbeat_interval"],
        code: Code::Relation,
        broken: |config| {
            let (wait, beat) = (config.raft.election_timeout_min, config.raft.heartbeat_interval);
            let why = "one late heartbeat would depose a healthy leader";
            (wait < beat * 2).then(|| complain(&wait, "less than twice raft.heartbeat_interval", why))
        },
    },
    Relation {
        keys: &["raft.election_timeout_max", "raft.election_timeout_min"],
        code: Code::Relation,
        broken: |config| {
            let (most, least) = (config.raft.election_timeout_max, config.raft.election_timeout_min);
            let why = "all followers would stand at the same time and split the vote";
            (most <= least).then(|| complain(&most, "not more than raft.election_timeout_min", why))
        },
    },
    Relation {
        keys: &["admission.max_commands", "batch.max_commands"],
        code: Code::Relation,
        broken: |config| {
            let why = "not even one entry could be filled";
            (config.admission.max_commands < config.batch.max_commands)
                .then(|| complain(&config.admission.max_commands, "less than batch.max_commands", why))
        },
    },
    Relation {
        keys: &["admission.max_bytes", "batch.max_bytes"],
        code: Code::Relation,
        broken: |config| {
            let why = "not even one entry could be filled";
            (config.admission.max_bytes < config.batch.max_bytes)
                .then(|| complain(&config.admission.max_bytes, "less than batch.max_bytes", why))
        },
    },
    Relation {
        keys: &["disk.critical", "disk.low"],
        code: Code::Relation,
        broken: |config| {
            let why = "the node would give up before the cluster had begun to refuse new work";
            (config.disk.critical >= config.disk.low)
                .then(|| complain(&config.disk.critical, "not less than disk.low", why))
        },
    },
    Relation {
        keys: &["listen.peer", "listen.public"],
        code: Code::Clash,
        broken: |config| clash("listen.public", config.listen.peer, config.listen.public),
    },
    Relation {
        keys: &["listen.health", "listen.public"],
        code: Code::Clash,
        broken: |config| clash("listen.public", config.listen.health, config.listen.public),
    },
    Relation {
        keys: &["listen.health", "listen.peer"],
        code: Code::Clash,
        broken: |config| clash("listen.peer", config.listen.health, config.listen.peer),
    },
    Relation {
        keys: &["listen.advertise_public", "listen.public"],
        code: Code::Advertise,
        broken: |config| {
            let told = config.listen.advertise_public.is_none() && is_exposed(config, config.listen.public);
            nowhere(&config.advertised_public()).filter(|_| !told)
        },
    },
    Relation {
        keys: &["listen.advertise_peer", "listen.peer"],
        code: Code::Advertise,
        broken: |config| {
            let told = config.listen.advertise_peer.is_none() && is_exposed(config, config.listen.peer);
            nowhere(&config.advertised_peer()).filter(|_| !told)
        },
    },
    Relation {
        keys: &["listen.public", "listen.insecure_no_auth"],
        code: Code::Exposed,
        broken: |config| {
            let also = config.listen.advertise_public.is_none().then_some("listen.advertise_public");
            exposed(config, config.listen.public, also)
        },
    },
    Relation {
        keys: &["listen.peer", "listen.insecure_no_auth"],
        code: Code::Exposed,
        broken: |config| {
            let also = config.listen.advertise_peer.is_none().then_some("listen.advertise_peer");
            exposed(config, config.listen.peer, also)
        },
    },
    Relation {
        keys: &["listen.health", "listen.insecure_no_auth"],
        code: Code::Exposed,
        broken: |config| exposed(config, config.listen.health, None),
    },
];

fn complain(value: &impl Value, what: &str, why: &str) -> (String, String) {
    (format!("{} is {what}: {why}", value.show()), "Change one of the two.".into())
}

fn clash(other: &str, address: SocketAddr, taken: SocketAddr) -> Broken {
    let any = |address: SocketAddr| address.ip().is_unspecified();
    let same = address.ip() == taken.ip() || any(address) || any(taken);
    let both = same && address.port() == taken.port() && address.port() != 0;
    both.then(|| (format!("{address} is taken by {other}"), "Give each listener a port of its own.".into()))
}

fn nowhere(advertised: &HostPort) -> Broken {
    advertised.is_nowhere().then(|| {
        let remedy = "Write the name or address by which others reach this node.".into();
        (format!("nobody can be found at {advertised}"), remedy)
    })
}

fn is_exposed(config: &Config, address: SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback() && !config.listen.insecure_no_auth
}

/// Whoever listens everywhere must say where it is found, too, under the key `also`; that is no complaint of its own before
/// it is clear that it is wanted at all.
fn exposed(config: &Config, address: SocketAddr, also: Option<&str>) -> Broken {
    is_exposed(config, address).then(|| {
        let what = format!("{address} is not a loopback address, and there is no authentication yet");
        let also = also.filter(|_| HostPort::from(address).is_nowhere());
        let also = also.map(|key| format!(" (and {key}, where others find this node)")).unwrap_or_default();
        let remedy = format!(
            "Listen at 127.0.0.1, or, behind a firewall, set listen.insecure_no_auth = true{also}: whoever reaches the \
             address may then do anything."
        );
        (what, remedy)
    })
}

/// The complaints about all relations that do not hold. A relation with a key whose value is in doubt says nothing.
pub(super) fn broken(
    config: &Config,
    places: &BTreeMap<&str, Place>,
    doubtful: &BTreeSet<&str>,
) -> Vec<Complaint> {
    let certain = |relation: &&Relation| !relation.keys.iter().any(|key| doubtful.contains(key));
    let complaint = |relation: &Relation| {
        let (what, remedy) = (relation.broken)(config)?;
        let place = relation.keys.iter().find_map(|key| places.get(key)).cloned().unwrap_or(Place::Default);
        let key = relation.keys.first().map(|key| (*key).to_owned());
        Some(Complaint { code: relation.code, place, key, what, remedy })
    };
    RELATIONS.iter().filter(certain).filter_map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;

    #[test]
    fn relations_name_keys_that_exist() {
        for key in RELATIONS.iter().flat_map(|relation| relation.keys) {
            assert!(KEYS.iter().any(|known| known.name == *key), "{key}");
        }
    }
}
