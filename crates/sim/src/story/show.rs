//! Looks at the state, in terse text.

use reeve_core::name::TaskId;
use reeve_core::view::{Known, LeaseView, TaskView};

use crate::story::line::Show;
use crate::story::player::Player;
use crate::story::printer::{Called, Tale, instant};

pub(crate) fn look(player: &Player, show: Show) -> Vec<String> {
    let (called, state) = (Called(player), player.state());
    let lines: Vec<String> = match show {
        Show::Task(task) => vec![known(&called, player.names().task(task))],
        Show::Tasks => state.tasks().map(|view| task_text(&called, &view)).collect(),
        Show::Queues => state
            .queues()
            .filter_map(|id| Some((id, state.queue_view(id)?)))
            .map(|(id, queue)| {
                let paused = if queue.paused { ", paused" } else { "" };
                format!("{}: {} live, {} leased{paused}", called.queue(id), queue.live, queue.leased)
            })
            .collect(),
        Show::Workers => state
            .workers()
            .map(|worker| {
                let draining = if worker.draining { ", draining" } else { "" };
                let dead = if worker.alive { "" } else { ", gone" };
                let slots = format!("{}/{} slots", worker.used_slots, worker.slots);
                format!("{}: {slots}{draining}{dead}", called.worker(worker.id))
            })
            .collect(),
        Show::Lanes => state
            .lanes()
            .map(|lane| {
                let kind = state.class(lane.class).map_or("", |class| &class.kind);
                let first = lane.first.map_or_else(String::new, |first| {
                    format!(", first {} at priority {}", called.task(first.id), first.priority.get())
                });
                format!("{} of {kind}: {} ready{first}", called.queue(lane.queue), lane.ready)
            })
            .collect(),
        Show::Draining => state
            .draining()
            .map(|(token, task, worker)| {
                format!("{} {} at {}", called.task(task), called.token(task, token), called.worker(worker))
            })
            .collect(),
        Show::Deadline => vec![state.next_deadline().map_or_else(|| "never".to_owned(), instant)],
        Show::Orders => {
            let mut tale = Tale::default();
            tale.add(player, &crate::story::player::Heard::Orders(reeve_core::effect::outstanding(state)));
            tale.text().lines().map(|line| line.trim().to_owned()).collect()
        }
    };
    if lines.is_empty() { vec!["none".to_owned()] } else { lines }
}

fn known(called: &Called<'_>, id: TaskId) -> String {
    match called.0.state().task(id) {
        Known::Live(view) => task_text(called, &view),
        Known::Ended(ending, generation) => {
            format!("{}: ended {}, generation {generation}", called.task(id), ending.variant().to_lowercase())
        }
        Known::Forgotten => format!("{}: forgotten", called.task(id)),
        Known::Nothing => format!("{}: not known", called.task(id)),
    }
}

fn task_text(called: &Called<'_>, view: &TaskView) -> String {
    let mut text = format!("{}: {}", called.task(view.id), view.standing.variant().to_lowercase());
    let mut add = |more: String| {
        text.push_str(", ");
        text.push_str(&more);
    };
    if view.held {
        add("held".to_owned());
    }
    if let Some(until_ms) = view.until_ms {
        add(format!("until {}", instant(until_ms)));
    }
    if !view.waits_for.is_empty() {
        let tasks: Vec<String> = view.waits_for.iter().map(|task| called.task(*task)).collect();
        add(format!("waits for {}", tasks.join(" ")));
    }
    if view.priority.get() > 0 {
        add(format!("priority {}", view.priority.get()));
    }
    if view.generation > 0 {
        add(format!("generation {}", view.generation));
    }
    add(format!("{} attempts, {} of {} failures", view.attempts, view.failures, view.max_attempts));
    if view.crashes > 0 {
        let workers: Vec<String> = view.crashed.iter().map(|worker| called.worker(*worker)).collect();
        add(format!("{} crashes {}", view.crashes, workers.join(" ")).trim_end().to_owned());
    }
    if let Some(parent) = view.parent {
        add(format!("child of {}", called.task(parent)));
    }
    if let Some(lease) = view.lease {
        add(lease_text(called, view.id, lease));
    }
    text
}

fn lease_text(called: &Called<'_>, task: TaskId, lease: LeaseView) -> String {
    let mut text = format!("{} at {}", called.token(task, lease.token), called.worker(lease.worker));
    let mut by = |what: &str, at_ms: Option<u64>| {
        if let Some(at_ms) = at_ms {
            text.push_str(&format!(", {what} {}", instant(at_ms)));
        }
    };
    by("times out", lease.deadline_ms);
    by("pause by", lease.pause_by_ms);
    by("cancel by", lease.cancel_by_ms);
    if lease.suspended {
        text.push_str(", suspended");
    }
    if lease.update > 0 {
        text.push_str(&format!(", update {} unanswered", lease.update));
    }
    text
}
