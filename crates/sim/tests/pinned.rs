//! Histories that once went wrong, in the law or in its judge, and must never again. Each is the shortest story that the
//! simulator found, with the seed whose replicas it was judged with; and each was seen to fail with its error put back.

use reeve_sim::law::replay;
use reeve_sim::story::lines;

const PINNED: &[(&str, u64, &str)] = &[
    (
        "a session by calls closed before the completion that ended it was told",
        2,
        "worker w1 kinds=echo secret=7\nsubmit t1 kind=echo\nassign\ncomplete t1",
    ),
    (
        "the judge took one request that stands twice in an entry for two executions",
        15_812,
        "open-client c1\nentry\nsubmit t1 client=c1 seq=1\nsubmit t2 after=t9 client=c1 seq=1\nend",
    ),
    (
        "the judge took an ended task that only the lazier of two states still remembers for another verdict",
        173,
        "submit t67..t69 queue=batch kind=shell must-start-by=29881ms\nsleep 21352ms\nsweep 0\n\
         worker w4 kinds=echo,shell,http\nsleep 26975ms\nfail t73 retryable error=Io\nsleep 13989ms\n\
         leader skew=+4773ms\nsleep 252875ms\nsleep 1282ms\nsleep 1424ms\nsleep 26647ms\n\
         complete t113\ngrant t69 to=w4",
    ),
    (
        "the judge took two ways of being told to ask again for different verdicts",
        206,
        "sweep 0\nworker w4 slots=3 kinds=echo,shell\nsubmit t87 kind=shell + t88 kind=shell after=t87\nassign\n\
         fail t87 error=Io\nretry t87 from=nothing",
    ),
    (
        "the judge gave a task the class of its draining lease, which it had left",
        154,
        "worker w3 kinds=echo,shell,http label.zone=b millicpu=2000\n\
         worker w6 kinds=echo,shell label.zone=b millicpu=2000\n\
         resume-worker w3 kinds=echo,shell label.zone=a millicpu=1250\n\
         submit t60..t63 queue=slow kind=shell priority=6 must-start-by=6201ms timeout=7s retry=2,54ms,200%,2237ms\n\
         assign\nupdate t61 priority=4 kind=http\ncomplete t60\nsleep 20417ms\n\
         submit t84 queue=slow kind=shell priority=3\nstopped t61 token=t61#1\nassign",
    ),
];

#[test]
fn what_was_mended_stays_mended() {
    let mut wrong = Vec::new();
    for (what, seed, story) in PINNED {
        let lines = lines(story).expect("a story that reads");
        if let Err(violation) = replay(*seed, &lines) {
            wrong.push(format!("{what}: {violation:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
