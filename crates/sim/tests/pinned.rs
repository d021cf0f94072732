//! Histories that once went wrong, in the law or in its judge, and must never again. Each is the shortest story that the
//! simulator found, with the seed whose replicas it was judged with.

use reeve_sim::law::replay;
use reeve_sim::story::lines;

const PINNED: &[(&str, u64, &str)] = &[
    (
        "a session by calls closed before the completion that ended it was told",
        2,
        "worker w1 kinds=echo secret=7\nsubmit t1 kind=echo\nassign\ncomplete t1",
    ),
    (
        "one request twice in one entry was taken for two executions",
        15_812,
        "open-client c1\nentry\nsubmit t1 client=c1 seq=1\nsubmit t2 after=t9 client=c1 seq=1\nend",
    ),
    (
        "how a task ended was told otherwise when a verb found its deadline before the sweep did",
        6,
        "worker w1 slots=4 kinds=echo\nsubmit t1..t2 queue=batch kind=echo timeout=10s\nassign\nsweep 2\n\
         submit t3 queue=slow kind=shell must-start-by=26495ms timeout=1500ms\nsleep 326694ms\ntick\nassign",
    ),
    (
        "a dependent was told of an end while the same task was being retried",
        206,
        "sweep 0\nworker w4 slots=3 kinds=echo,shell\nsubmit t87 kind=shell + t88 kind=shell after=t87\nassign\n\
         fail t87 error=Io\nretry t87 from=nothing",
    ),
    (
        "a lease that drains lent its class to a task that had left it",
        1_685,
        "worker w3 slots=4 kinds=echo\nsubmit t6 queue=mail kind=echo priority=4 timeout=4s\nassign\n\
         update t6 kind=shell\nsleep 5152ms\ntick\nstopped t6 token=t6#1\nassign",
    ),
];

#[test]
fn what_was_mended_stays_mended() {
    for (what, seed, story) in PINNED {
        let lines = lines(story).expect("a story that reads");
        let judged = replay(*seed, &lines);
        assert!(judged.is_ok(), "{what}: {judged:?}");
    }
}
