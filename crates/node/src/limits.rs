//! Every bound of a replica, with its reason.

use std::time::Duration;

/// Jobs that may wait for a worker; whoever has one more waits. Openraft hands in one write at a time or a few, so this
/// is only ever reached when the disk stands still.
pub const POST_WAITING_MAX: usize = 4_096;

/// Jobs done in one round, and thereby by one sync.
pub const POST_ROUND_MAX: usize = 1_024;

/// Bytes of entries in one message of the log. One entry may be larger, and then goes alone.
pub const MESSAGE_BYTES: usize = 256 << 10;

/// Messages of the log on their way to one follower: enough to fill the pipe, few enough to bound what a slow one holds.
pub const APPENDS_IN_FLIGHT: usize = 32;

/// How long a follower may take for one message of the log: a disk that syncs slower than this is no help.
pub const APPEND_PATIENCE: Duration = Duration::from_secs(3);

/// How long it may take to open a stream of the log: an attempt that began before the other side was back must not hold up
/// the next.
pub const OPEN_PATIENCE: Duration = Duration::from_millis(500);

/// So many slow writes of the log
pub const SLOW_WRITES: usize = 3;
/// within this while make a slow disk: one stall is none.
pub const SLOW_WINDOW_MS: u64 = 30_000;
/// How long a leader on a bad disk waits before it tries again to have another lead: what made it slow then is forgotten.
pub const GIVE_WAY_AGAIN_MS: u64 = SLOW_WINDOW_MS;

/// How long after a failure a follower is tried again. Openraft waits 200 ms unless told otherwise, which would be most
/// of an election.
pub const RETRY_PEER: Duration = Duration::from_millis(20);

/// Bytes of a snapshot in one message.
pub const PIECE_BYTES: usize = 1 << 20;

/// How long the other side may take to write one piece of a snapshot.
pub const PIECE_PATIENCE: Duration = Duration::from_secs(20);

/// How long the other side may take to check and install a whole snapshot.
pub const INSTALL_PATIENCE: Duration = Duration::from_secs(600);

/// Applied entries whose orders may wait for the office. Beyond that they are dropped and asked of the state anew.
pub const ORDERS_WAITING_MAX: usize = 65_536;

/// Entries purged at once: purging writes one range, however long.
pub const PURGE_BATCH: u64 = 4_096;

/// Entries in one message of the log; its bytes have a bound of their own.
pub const MESSAGE_ENTRIES: u64 = 1_024;

/// Errands that may wait for the office. Admission refuses long before; this bounds what comes in one instant.
pub const ERRANDS_WAITING_MAX: usize = 65_536;

/// What is told to whoever finds the desk full.
pub const DESK_FULL_RETRY_MS: u64 = 100;

/// How long a leader may take to hear from a majority before a read is refused.
pub const READ_PATIENCE: Duration = Duration::from_secs(2);

/// The longest that anybody may wait for a proposal through another replica.
pub const PATIENCE_MAX: Duration = Duration::from_secs(60);

/// How long a leader may take to let a newcomer in: two entries of the log.
pub const ADMIT_PATIENCE: Duration = Duration::from_secs(5);

/// How long a leader may take to change the membership for another that asks: three entries of the log, behind whoever is
/// at it already. Then nobody knows what came of it, and the steward brings to its end what was begun.
pub const CHANGE_PATIENCE: Duration = Duration::from_secs(5);

/// When to ask again for a change of the membership while another is not settled: most are within two rounds.
pub const CHANGING_RETRY_MS: u64 = 200;

/// How often the office of a leader looks around though nothing happens. Far below a heartbeat, so that it opens soon, and
/// lost contact is seen.
pub const OFFICE_TICK: Duration = Duration::from_millis(10);

/// How often that of anybody else does.
pub const IDLE_TICK: Duration = Duration::from_millis(50);

/// How long an office may take to open before another replica shall try.
pub const OPENING: Duration = Duration::from_secs(5);

/// How long after a failed opening the next is tried: a heartbeat may have changed something.
pub const OPENING_AGAIN_MS: u64 = 50;

/// Errands taken before entries are put together again.
pub const ERRANDS_AT_ONCE: usize = 1_024;

/// What the office itself adds to one entry, of each kind.
pub const OWN_PER_ENTRY: usize = 64;

/// How long anybody sleeps at most who goes by a setting that may change meanwhile.
pub const LIVE_TICK: Duration = Duration::from_secs(2);

/// Bytes that the scrub reads at once: some milliseconds of the thread that flushes.
pub const SCRUB_BYTES: u64 = 512 << 10;
/// Its pause between two steps: half a megabyte a second is a small part of a hundredth of a core, and three nodes on one
/// machine are to be idle when nothing happens.
pub const SCRUB_PAUSE_MS: u64 = 1_000;

/// How often the janitor notes how far the log has come: fine enough for minutes and megabytes.
pub const MILESTONE_MS: u64 = 1_000;

/// Milestones that are kept; beyond that every other one goes.
pub const MILESTONES_MAX: usize = 1_024;

/// How long an office stays closed for another replica to take over; then it opens again rather than leave nobody.
pub const ASIDE_MS: u64 = 3_000;

/// How often the replicas' digests are compared.
pub const COMPARE_MS: u64 = 1_000;

/// Bytes of the log that a recovery reads at once: few enough for any memory, and a disk notices nothing of it.
pub const RECOVER_BYTES: u64 = 16 << 20;

/// Members of a cluster, learners too. Each costs its leader a stream and a heartbeat.
pub const MEMBERS_MAX: usize = 15;

/// How many of the longest waits for an election a replica may be silent before it is shown as such. One wait is passed
/// by a busy disk or a lost packet; after five another would have been elected in its place.
pub const SILENT_ELECTIONS: u32 = 5;

/// How often a leader looks whether the membership needs something.
pub const STEWARD_TICK: Duration = Duration::from_millis(500);

/// How long a replica hears of no leader before it asks whether it is still a member, and how often it asks then. An
/// election takes a fraction of it, and who waits for an operator can wait for this.
pub const INQUIRY_EVERY: Duration = Duration::from_secs(2);

/// How long another may take to answer that: it looks at what it has in memory.
pub const INQUIRY_PATIENCE: Duration = Duration::from_secs(1);

/// A learner this close to the end of the log has caught up: it is sent the rest in one message.
pub const CAUGHT_UP_ENTRIES: u64 = 256;

use reeve_core::{defaults, limits};

/// How much log time may run slower or faster than the monotonic clock, in millionths. Crystals differ by some 100, so
/// 1,000 always wins; and a duration that is wrong by one in a thousand is seen by nobody.
pub const SLEW_PPM: u64 = 1_000;
/// How quickly the memory of a leader's log time gives way to later word from the same leader that says less, in
/// millionths: faster than a leader can slew back and any pair of crystals can differ together.
pub const FORGET_PPM: u64 = 2 * SLEW_PPM;
/// How far log time may be from the quorum's wall clocks before all are told. A minute is more than any clock that is
/// looked after is wrong, and still less than people schedule by.
pub const CLOCK_GAP_MS: u64 = 60_000;
/// Below this gap the alarm is over: half, so that it does not flicker.
pub const CLOCK_GAP_OVER_MS: u64 = CLOCK_GAP_MS / 2;
/// How long a node's word about its wall clock counts. Heartbeats bring it many times a second; who was silent for so
/// long may have been suspended, and its clock set, meanwhile.
pub const WALL_FRESH_MS: u64 = 10_000;
/// Most nodes whose clocks and digests are remembered: far more than any cluster has.
pub const NODES_MAX: usize = 64;

/// How often the office looks at its sessions when nothing falls due: the smaller, the surer it notices that it was
/// stopped itself. Twice a second costs nothing and writes nothing.
pub const PULSE_MS: u64 = 500;
/// After such a pause between two looks the office was away itself (stopped, suspended, starved), and keepalives may lie
/// unread: no session dies of that.
pub const AWAY_MS: u64 = 2_000;
/// Keepalives of one session that may wait for their acknowledgement. They wait for one round of heartbeats; a worker
/// that sends more meanwhile is renewed all the same, and answered for the earlier ones.
pub const KEEPALIVES_WAITING_MAX: u8 = 4;
/// Sessions that one look may find alive after all and file anew, so that no look takes long.
pub const REFILED_PER_LOOK: usize = 4_096;
/// When an expiry that was certainly not accepted is decided again: no hot loop while nothing is accepted.
pub const EXPIRY_AGAIN_MS: u64 = 100;
/// Deaths so close together may have one cause outside the workers (a switch, a power strip). Sessions of one moment
/// fall due within one interval of their keepalives, a few seconds.
pub const DEATHS_WINDOW_MS: u64 = 10_000;
/// Fewer deaths than this are never "many at once": in a fleet of two or three, tasks that kill would never be charged.
pub const DEATHS_MANY_MIN: usize = 3;
/// From this share of the fleet on, deaths are "many at once". A task kills one worker at a time, a batch of them a few;
/// a rack or a switch is seldom less than a quarter of a fleet.
pub const DEATHS_MANY_PERCENT: usize = 25;
/// How often the whole fleet is counted for silent sessions while sessions die: a walk over all of them.
pub const FLEET_COUNT_MS: u64 = 1_000;

/// How long a client session may be unused. Longer than any pause of a program that still has requests in doubt; its
/// window of replies is memory.
pub const CLIENT_IDLE_MS: u64 = 60 * 60 * 1_000;
/// When a client session whose expiry was decided is looked at again, should it still exist.
pub const CLIENT_AGAIN_MS: u64 = 60_000;

/// How long an offer may be unacknowledged. A worker answers at once; the worst retransmission measured under 20 % loss
/// took 3.4 s, and a lost offer should not wait for the death of its session.
pub const OFFER_ACK_MS: u64 = 5_000;

/// Control (queues, sessions, limits) is refused when so many times as much waits as may when submits are.
pub const CONTROLS_PART: u64 = 2;
/// The hard bound: even reports are refused when so many times as much waits,
pub const REPORTS_PART: u64 = 4;
/// and not before so many commands. Reports free what submits fill; a fleet of 100,000 slots that all report at once gets
/// in.
pub const REPORTS_WAITING_MIN: u64 = 200_000;
/// The same for their bytes: results are bodies.
pub const REPORT_BYTES_WAITING_MIN: u64 = 256 << 20;
/// Down to this share of its bound the queue shall drain before the refused come back, in percent: else they would all
/// come for the first free place.
pub const DRAINED_PERCENT: u64 = 75;
/// Shortest advice to come again: below the time of one commit it would only add load.
pub const RETRY_AFTER_MS_MIN: u64 = 50;
/// Longest advice to come again: by then someone else may lead.
pub const RETRY_AFTER_MS_MAX: u64 = 30_000;
/// When to ask again where the office is closed: an election takes a few hundred milliseconds.
pub const OFFICE_RETRY_AFTER_MS: u64 = 250;

/// Revisions whose own digests are remembered to compare with: some seconds of a busy log, 200 KB.
pub const DIGESTS_KEPT: usize = 8_192;
/// Each replica reports its digest at multiples of this revision, so that all report at the same ones. A busy log writes
/// a few thousand entries a second, and heartbeats come more often than this many of them.
pub const DIGEST_STRIDE: u64 = 1_024;
/// Reports remembered of each replica: those at common revisions reach as far back as the own digests.
pub const REPORTS_KEPT: usize = 16;

/// Least due work that an entry settles: under load due work must still get done.
pub const SWEEP_MIN: u32 = 64;
/// From so many waiting commands on, the office is under load and entries sweep less.
pub const LOADED_COMMANDS: u64 = 256;
/// Least time between two empty entries while there is no backlog: timers that fall due one after the other share an
/// entry and its fsync. A deadline holds from its time, not from the sweep; nobody loses by it.
pub const EMPTY_SPACING_MS: u64 = 10;

const _: () = {
    assert!(FORGET_PPM > SLEW_PPM && SLEW_PPM > 200, "slewing wins over crystals");
    assert!(FORGET_PPM < 1_000_000, "time never stands still");
    assert!(CLOCK_GAP_OVER_MS < CLOCK_GAP_MS);
    assert!(limits::INSTANT_MS_MAX.checked_mul(1_000).is_some(), "microseconds of log time fit");
    assert!(PULSE_MS * 2 < AWAY_MS, "an office in time is never thought to have been away");
    assert!(
        1 <= CONTROLS_PART && CONTROLS_PART <= REPORTS_PART,
        "reports get in after all others were refused"
    );
    assert!(REPORTS_WAITING_MIN >= limits::SLOTS_MAX as u64);
    assert!(RETRY_AFTER_MS_MIN <= RETRY_AFTER_MS_MAX && DRAINED_PERCENT < 100);
    assert!(REPORTS_KEPT as u64 * DIGEST_STRIDE >= DIGESTS_KEPT as u64);
    assert!(SWEEP_MIN <= defaults::SWEEP && defaults::SWEEP <= limits::SWEEP_MAX);
};
