//! What submitters ask for: tasks of every description.

use reeve_core::task::{Otherwise, Priority, RetryPolicy, Rule};

use crate::law::world::World;
use crate::story::slot::{After, Ask, Asked, InQueue, Labels, Needs, Spec, Tasks};
use crate::story::verb::{Group, Submit};
use crate::story::word::{Body, Content, InBatch, Means, Source, Span, TaskNo, Text, When};

pub(crate) const KINDS: [&str; 3] = ["echo", "shell", "http"];
const QUEUES: [&str; 3] = ["mail", "batch", "slow"];

/// One submission: mostly one task, sometimes several at once, sometimes a family.
pub(crate) fn submit(world: &mut World) -> Submit {
    let first = world.next_task;
    let count = if world.chance.percent(75) { 1 } else { world.chance.between(2, 5) as u32 };
    world.next_task += count;
    let mut groups = vec![Group { tasks: Tasks(vec![(first, first + count - 1)]), spec: spec(world) }];
    if world.chance.percent(12) {
        let follower = world.next_task;
        world.next_task += 1;
        let mut spec = spec(world);
        if world.chance.percent(70) {
            spec.afters.0.push(after(world, first));
        }
        if world.chance.percent(30) {
            spec.parent = Some(TaskNo(first));
        }
        groups.push(Group { tasks: Tasks(vec![(follower, follower)]), spec });
    }
    let mut submit = Submit { groups, ..Submit::default() };
    if world.chance.percent(12) {
        submit.key = Some(Text::from(*world.chance.among(&["k1", "k2", "k3", "k4"]).unwrap_or(&"k0")));
        submit.hash = Some(u128::from(world.chance.small(3)));
        submit.lifetime = world.chance.percent(50).then(|| Span(world.chance.between(1, 60_000)));
    }
    if world.chance.percent(10) {
        submit.batch = if world.chance.percent(70) { InBatch::Own } else { InBatch::Of(world.some_task()) };
    }
    submit
}

pub(crate) fn queue(world: &mut World) -> InQueue {
    if world.chance.percent(12) {
        return InQueue { queue: Some(Text::from("own")), namespace: Some(Text::from("acme")) };
    }
    if world.chance.percent(30) {
        return InQueue::default();
    }
    let queue = Text::from(*world.chance.among(&QUEUES).unwrap_or(&"mail"));
    InQueue { queue: Some(queue), namespace: None }
}

fn after(world: &mut World, on: u32) -> After {
    let rules = [Rule::Succeeded, Rule::Succeeded, Rule::Finished, Rule::Failed];
    let rule = *world.chance.among(&rules).unwrap_or(&Rule::Finished);
    let otherwise = if world.chance.percent(70) { Otherwise::Cancel } else { Otherwise::Run };
    After { on: TaskNo(on), rule, otherwise, seen: Source::Fresh }
}

pub(crate) fn needs(world: &mut World) -> Needs {
    let mut needs =
        Needs { kind: world.chance.among(&KINDS).map(|kind| Text::from(*kind)), ..Needs::default() };
    if world.chance.percent(20) {
        needs.millicpu = Some(world.chance.between(1, 4) * 250);
    }
    if world.chance.percent(10) {
        let zone = Text::from(*world.chance.among(&["a", "b"]).unwrap_or(&"a"));
        let ask = if world.chance.percent(60) { Ask::Need(vec![zone]) } else { Ask::Avoid(vec![zone]) };
        needs.asked = Asked(vec![(Text::from("zone"), ask)]);
    }
    needs
}

fn spec(world: &mut World) -> Spec {
    let chance = |world: &mut World, percent| world.chance.percent(percent);
    let mut spec = Spec { queue: queue(world), needs: needs(world), ..Spec::default() };
    spec.means = if chance(world, 60) { Means::Known } else { Means::Words };
    if chance(world, 2) {
        spec.means = Means::Stale;
    }
    spec.priority = if chance(world, 60) { Priority::new(world.chance.below(10) as u8) } else { None };
    if chance(world, 30) {
        spec.payload = Some(Body::Said(Text::from("input")));
        spec.content = Some(Content::Json);
    }
    if chance(world, 15) {
        spec.labels = Labels(vec![(Text::from("team"), Text::from("red"))]);
    }
    if chance(world, 15) {
        spec.not_before = Some(When::In(world.chance.between(0, 20_000) as i64 - 1_000));
    }
    if chance(world, 10) {
        spec.must_start_by = Some(When::In(world.chance.between(0, 30_000) as i64));
    }
    if chance(world, 30) {
        spec.timeout = Some(Span(world.chance.between(1, 20) * 500));
    }
    if chance(world, 35) {
        let first_ms = world.chance.between(10, 2_000);
        spec.retry = Some(RetryPolicy {
            max_attempts: world.chance.between(1, 3) as u16,
            first_ms,
            factor_percent: 100 + world.chance.below(3) as u32 * 50,
            max_ms: first_ms + world.chance.below(5_000),
        });
    }
    family(world, &mut spec);
    spec
}

fn family(world: &mut World, spec: &mut Spec) {
    if world.chance.percent(25) {
        let mut named = Vec::new();
        for _ in 0..world.chance.between(1, 3) {
            let TaskNo(on) = world.recent_task();
            if !named.contains(&on) {
                named.push(on);
                let after = after(world, on);
                spec.afters.0.push(after);
            }
        }
    }
    if world.chance.percent(10) {
        spec.parent = Some(world.recent_task());
    }
}
