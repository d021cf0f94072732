//! How a node comes to belong to a cluster: it remembers one, it founds one, or a member lets it in.

use std::sync::Arc;

use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Identity, Letter, Question, Refused};
use reeve_node::platform::{Lane, Link, Network};
use reeve_node::store::engine::Engine;
use reeve_node::transport::Transport;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::NodeFault;
use super::opening::{Claim, Opened, Opening};
use super::refusal::Refusal;
use super::seat::{Seat, while_nobody_leads};
use super::stage::{Stage, Stages};
use crate::config::HostPort;
use crate::limits::{ADMIT_PATIENCE, ADMIT_PAUSE, ENTERING_MAX};

/// What an operator asks of a node that belongs to no cluster.
pub(super) enum Wanted {
    /// Found one.
    Init,
    /// Join that of this member.
    Join { seed: HostPort, wish: Wish },
}

/// Something wanted, and who waits to hear of it.
pub(super) struct Asked {
    wanted: Wanted,
    reply: oneshot::Sender<Result<Arc<dyn Seat>, Refusal>>,
}

/// The way to a node that waits.
#[derive(Clone)]
pub(super) struct Asking(mpsc::Sender<Asked>);

impl Asking {
    /// The way, and where it leads.
    pub(super) fn way() -> (Self, mpsc::Receiver<Asked>) {
        let (asking, asked) = mpsc::channel(ENTERING_MAX);
        (Self(asking), asked)
    }

    /// Asks, and waits until the node has taken its place.
    pub(super) async fn ask(&self, wanted: Wanted) -> Result<Arc<dyn Seat>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Asked { wanted, reply }).await.map_err(|_| Refusal::Belongs)?;
        // It may have been let in by another meanwhile.
        answer.await.map_err(|_| Refusal::Belongs)?
    }
}

/// Takes the place that this node remembers; or else waits, in a task of its own, until it is given one.
pub(super) async fn enter<E: Engine>(
    opening: Opening<E>,
    stages: Arc<Stages>,
    seeds: Vec<HostPort>,
    asked: mpsc::Receiver<Asked>,
) -> Result<Option<JoinHandle<()>>, NodeFault> {
    match opening.open().await? {
        Opened::Seated(seat) => {
            take_place(&opening, &stages, &seat);
            Ok(None)
        }
        Opened::Amnesiac(amnesia) => {
            stages.become_of(Stage::Amnesiac(amnesia));
            Ok(None)
        }
        Opened::Nothing(claim) => {
            let waiting = waits_for(&seeds, None);
            tracing::info!("this node belongs to no cluster, and waits for {waiting}");
            stages.become_of(Stage::Fresh(waiting));
            let entrance = Entrance { opening, stages, seeds, asked };
            Ok(Some(tokio::spawn(entrance.wait(claim))))
        }
    }
}

fn take_place<E: Engine>(opening: &Opening<E>, stages: &Arc<Stages>, seat: &Arc<dyn Seat>) {
    stages.become_of(Stage::Seated(Arc::clone(seat)));
    // Where consensus lives: if its threads are stuck, so is this.
    drop(opening.threads().raft.spawn(Arc::clone(stages).watch_turns(Arc::clone(seat))));
}

fn waits_for(seeds: &[HostPort], trouble: Option<&Refusal>) -> String {
    if seeds.is_empty() {
        return "`reeve cluster init` or `reeve cluster join`".into();
    }
    let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    let seeds = seeds.join(", ");
    match trouble {
        None => format!("one of {seeds} to let it in"),
        Some(trouble) => format!("one of {seeds} to let it in; last: {trouble}"),
    }
}

/// Where a node without a cluster waits for one.
struct Entrance<E: Engine> {
    opening: Opening<E>,
    stages: Arc<Stages>,
    seeds: Vec<HostPort>,
    asked: mpsc::Receiver<Asked>,
}

/// Who waits to hear how it went.
type Reply = Option<oneshot::Sender<Result<Arc<dyn Seat>, Refusal>>>;

/// How this node will belong to a cluster.
enum Way {
    /// It founds one.
    Found,
    /// It was let in under this name.
    Admitted(Identity),
}

impl<E: Engine> Entrance<E> {
    async fn wait(mut self, claim: Claim<E>) {
        let (way, reply) = self.way().await;
        let seated = match way {
            Way::Found => self.opening.found(claim).await,
            Way::Admitted(identity) => self.opening.create(claim, identity).await,
        };
        let told = match seated {
            Ok(seat) => {
                let node = seat.status().identity.node;
                tracing::info!(node, "this node belongs to a cluster now");
                take_place(&self.opening, &self.stages, &seat);
                Ok(seat)
            }
            Err(fault) => {
                let why = fault.to_string();
                self.stages.become_of(Stage::Broken(why.clone()));
                Err(Refusal::Broken(why))
            }
        };
        if let Some(reply) = reply {
            // Whoever asked may have gone; the node is where it is all the same.
            drop(reply.send(told));
        }
    }

    /// Waits for a way into a cluster.
    async fn way(&mut self) -> (Way, Reply) {
        let mut turn = 0;
        loop {
            let seed = self.seeds.get(turn % self.seeds.len().max(1)).cloned();
            let next_try = async {
                match &seed {
                    Some(seed) => {
                        if turn > 0 {
                            tokio::time::sleep(ADMIT_PAUSE).await;
                        }
                        seed.clone()
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(Asked { wanted, reply }) = self.asked.recv() => match wanted {
                    Wanted::Init => return (Way::Found, Some(reply)),
                    Wanted::Join { seed, wish } => match self.knock(&seed, wish).await {
                        Ok(identity) => return (Way::Admitted(identity), Some(reply)),
                        Err(refusal) => drop(reply.send(Err(refusal))),
                    },
                },
                seed = next_try => {
                    turn += 1;
                    match self.knock(&seed, Wish::Vote).await {
                        Ok(identity) => return (Way::Admitted(identity), None),
                        Err(refusal) => {
                            tracing::info!("{refusal}");
                            let waiting = waits_for(&self.seeds, Some(&refusal));
                            self.stages.become_of(Stage::Fresh(waiting));
                        }
                    }
                }
            }
        }
    }

    /// Asks a member to be let in.
    async fn knock(&self, seed: &HostPort, wish: Wish) -> Result<Identity, Refusal> {
        let drawn = self.opening.newcomer().await.map_err(|fault| Refusal::Broken(fault.to_string()))?;
        let member = Member { drawn, ..self.opening.me().with(wish) };
        knock(&Transport::new(self.opening.threads().wire.clone()), member, seed).await
    }
}

async fn knock(transport: &Transport, me: Member, seed: &HostPort) -> Result<Identity, Refusal> {
    let seed = seed.to_string();
    let at = Member { peer: seed.clone(), ..me.clone() };
    let asking = || async {
        let mut link = transport.link(0, &at, Lane::Desk);
        let letter = Letter { from: Identity::default(), to: 0, body: Question::Admit(me.clone()) };
        match link.ask(letter, ADMIT_PATIENCE).await {
            Ok(Answer::Admitted(identity)) => Ok(identity),
            Ok(other) => Err(other.amiss()),
            Err(nothing) => Err(Refused::Impossible(nothing.to_string())),
        }
    };
    let admitted = while_nobody_leads(ADMIT_PATIENCE, asking).await;
    admitted.map_err(|refused| Refusal::Seed { seed, why: refused.to_string() })
}
