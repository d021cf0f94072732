//! How a node comes to belong to a cluster: it remembers one, it founds one, or a member lets it in.

use std::sync::Arc;

use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Identity, Letter, NoAnswer, Question, Refused};
use reeve_node::platform::{Lane, Link, Network};
use reeve_node::status::Status;
use reeve_node::store::engine::Engine;
use reeve_node::transport::Transport;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::NodeFault;
use super::opening::{Claim, Opened, Opening};
use super::refusal::{Refusal, Shut};
use super::seat::{Seat, while_nobody_leads};
use super::stage::{Stage, Stages};
use crate::config::HostPort;
use crate::limits::{ADMIT_PATIENCE, ADMIT_PAUSE, ENTERING_MAX, LEADER_PAUSE, SEED_PATIENCE, SEEN_PATIENCE};

/// What an operator asks of a node that belongs to no cluster.
pub(super) enum Wanted {
    /// Found one.
    Init,
    /// Join that of this member.
    Join { seed: HostPort, bid: Bid },
}

/// What a newcomer wants to become.
pub(super) enum Bid {
    /// This.
    Wish(Wish),
    /// The one in the place of the member that is called this: which that is, members know.
    ReplaceCalled(String),
}

impl From<Wish> for Bid {
    fn from(wish: Wish) -> Self {
        Self::Wish(wish)
    }
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

    /// Asks, and waits until the node has taken its place. Nothing, if it was let in by another meanwhile.
    pub(super) async fn ask(&self, wanted: Wanted) -> Option<Result<Arc<dyn Seat>, Refusal>> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Asked { wanted, reply }).await.ok()?;
        answer.await.ok()
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
            return;
        }
        // Nobody asked, so nobody else is told.
        if let Ok(seat) = told
            && let Some(warning) = name_warning(&*seat).await
        {
            tracing::warn!("{warning}");
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
                    Wanted::Join { seed, bid } => match self.knock(&seed, bid).await {
                        Ok(identity) => return (Way::Admitted(identity), Some(reply)),
                        Err(refusal) => drop(reply.send(Err(refusal))),
                    },
                },
                seed = next_try => {
                    turn += 1;
                    match self.knock(&seed, Wish::Vote.into()).await {
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
    async fn knock(&self, seed: &HostPort, bid: Bid) -> Result<Identity, Refusal> {
        if self.opening.is_own(seed) {
            return Err(Refusal::Seed { seed: seed.to_string(), why: Shut::Own });
        }
        let drawn = self.opening.newcomer().await.map_err(|fault| Refusal::Broken(fault.to_string()))?;
        let transport = Transport::new(self.opening.threads().wire.clone());
        let wish = match bid {
            Bid::Wish(wish) => wish,
            Bid::ReplaceCalled(name) => {
                let answer = ask(&transport, seed, Question::NumberOf(name)).await?;
                let Answer::Number(node) = answer else { return Err(turned_away(seed, answer.amiss())) };
                Wish::Replace(node)
            }
        };
        let member = Member { drawn, ..self.opening.me().with(wish) };
        let answer = ask(&transport, seed, Question::Admit(member)).await?;
        if let Answer::Admitted(identity) = answer {
            Ok(identity)
        } else {
            Err(turned_away(seed, answer.amiss()))
        }
    }
}

/// Asks a member, as nobody yet.
async fn ask(transport: &Transport, seed: &HostPort, question: Question) -> Result<Answer, Refusal> {
    let at = Member { peer: seed.to_string(), ..Member::default() };
    let asking = || async {
        let mut link = transport.link(0, &at, Lane::Desk);
        let letter = Letter { from: Identity::default(), to: 0, body: question.clone() };
        match link.ask(letter, ADMIT_PATIENCE).await {
            Ok(Answer::Refused(refused)) => Err(refused),
            other => Ok(other),
        }
    };
    match while_nobody_leads(ADMIT_PATIENCE, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(nothing)) => Err(Refusal::Seed { seed: seed.to_string(), why: shut(seed, &nothing).await }),
        Err(refused) => Err(turned_away(seed, refused)),
    }
}

/// Why there is no answer from an address: whether anybody is there.
async fn shut(seed: &HostPort, nothing: &NoAnswer) -> Shut {
    let trying = TcpStream::connect((seed.host.as_str(), seed.port));
    match tokio::time::timeout(SEED_PATIENCE, trying).await {
        Ok(Ok(_)) => Shut::Other(nothing.to_string()),
        Ok(Err(error)) => Shut::Nobody(error.to_string()),
        Err(_) => Shut::Nobody(format!("no connection within {SEED_PATIENCE:?}")),
    }
}

/// What a member said to a newcomer that it did not let in.
fn turned_away(seed: &HostPort, refused: Refused) -> Refusal {
    let shut = |why| Refusal::Seed { seed: seed.to_string(), why };
    match refused {
        Refused::NotLeader { .. } | Refused::Closed => shut(Shut::Leaderless),
        Refused::Unknown => shut(Shut::Unknown),
        Refused::Busy { retry_ms } => Refusal::Busy(retry_ms),
        Refused::Stranger(_) | Refused::Amnesia(_) | Refused::Stopped { .. } | Refused::Impossible(_) => {
            Refusal::Refused(format!("the cluster of {seed} did not let this node in: {refused}"))
        }
    }
}

/// What should be told of the name of a node that was let in, as soon as it knows who the others are: whether somebody else has
/// it. Nothing, if it does not hear of them in time.
pub(super) async fn name_warning(seat: &dyn Seat) -> Option<String> {
    let begun = Instant::now();
    loop {
        let Status { membership, identity, .. } = seat.status();
        let Some(me) = membership.members.get(&identity.node) else {
            if begun.elapsed() > SEEN_PATIENCE {
                return None;
            }
            tokio::time::sleep(LEADER_PAUSE).await;
            continue;
        };
        let other = membership.namesakes(&me.name).into_iter().find(|node| *node != identity.node)?;
        let (name, node) = (&me.name, identity.node);
        return Some(format!(
            "node {other} is called `{name}` too, so only their numbers tell the two apart. Call this one otherwise: \
             `reeve cluster move {node} --name NAME`, and set `node.name` in its configuration for its logs and metrics"
        ));
    }
}
