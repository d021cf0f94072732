//! The order: which ready task is next, over all lanes.
//!
//! The highest priority first; among equals the one that came first (`ReadyView.order`); behind those the tasks of
//! submits that ride in the same entry, as they stand there. That is one total order, the same for every way in which
//! work is handed out. Queues have no shares of their own yet: among equal priorities, first come is first served.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use reeve_core::State;
use reeve_core::assembly::Assembly;
use reeve_core::command::Command;
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{Ref, TaskId};
use reeve_core::task::{Priority, TaskSpec};
use reeve_core::view::ReadyTasks;

use crate::matcher::fleet::Fleet;
use crate::matcher::limits;

/// A task of a submit in the same entry that will be ready at once.
struct Newborn {
    position: u32,
    class: ClassId,
    queue: QueueId,
    priority: Priority,
}

/// Tasks that come one after the other: those of a lane, or one that is not born yet.
struct Line<'a> {
    class: ClassId,
    queue: QueueId,
    tasks: Option<ReadyTasks<'a>>,
}

/// The first of a line: its priority, its order, the number of the line. The greatest is next; no two are equal, so
/// the task itself never decides.
type Head = (Priority, Reverse<i64>, Reverse<usize>, Ref<TaskId>);

/// The task that is next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next {
    pub task: Ref<TaskId>,
    pub class: ClassId,
    pub queue: QueueId,
    line: usize,
}

/// All that waits, in its order.
pub(super) struct Order<'a> {
    fleet: &'a Fleet,
    lines: Vec<Line<'a>>,
    heads: BinaryHeap<Head>,
    /// Where the next window begins; none if this one reached the end.
    pub rest: Option<(ClassId, QueueId)>,
}

impl<'a> Order<'a> {
    /// The lanes of the present window, and what is born beside them. `seats` workers are there to be compared.
    pub(super) fn gather(state: &'a State, fleet: &'a Fleet, assembly: &Assembly, seats: usize) -> Self {
        let mut order = Self { fleet, lines: Vec::new(), heads: BinaryHeap::new(), rest: None };
        let most = (limits::FITS_PER_CHOICE / seats.max(1)).max(1);
        let mut classes = BTreeSet::new();
        let mut last = fleet.windows.lane;
        for (visited, lane) in state.lanes_after(fleet.windows.lane).enumerate() {
            if visited == limits::LANES_PER_CHOICE || classes.len() == most && !classes.contains(&lane.class)
            {
                order.rest = last;
                break;
            }
            last = Some((lane.class, lane.queue));
            if lane.ready > 0
                && let Some(tasks) = state.ready_tasks(lane.class, lane.queue)
            {
                classes.insert(lane.class);
                order.enter(Line { class: lane.class, queue: lane.queue, tasks: Some(tasks) });
            }
        }
        // Behind lanes that were not seen nobody can tell whose turn it is.
        if order.rest.is_none() && fleet.windows.lane.is_none() {
            for newborn in newborns(state, assembly) {
                if classes.len() < most || classes.contains(&newborn.class) {
                    classes.insert(newborn.class);
                    order.enter_newborn(&newborn);
                }
            }
        }
        order
    }

    fn enter(&mut self, line: Line<'a>) {
        self.lines.push(line);
        self.advance(self.lines.len() - 1);
    }

    fn enter_newborn(&mut self, newborn: &Newborn) {
        let Newborn { position, class, queue, priority } = *newborn;
        self.heads.push((priority, Reverse(i64::MAX), Reverse(self.lines.len()), Ref::Here(position)));
        self.lines.push(Line { class, queue, tasks: None });
    }

    /// Puts the next task of a line, if it has one more, among the heads.
    fn advance(&mut self, line: usize) {
        let Some(tasks) = &mut self.lines[line].tasks else { return };
        let free = tasks.find(|ready| self.fleet.chosen_for(ready.id).is_none());
        if let Some(ready) = free {
            self.heads.push((ready.priority, Reverse(ready.order), Reverse(line), Ref::Id(ready.id)));
        }
    }

    /// The task that is next. Its line waits until it is told to go on.
    pub(super) fn next(&mut self) -> Option<Next> {
        let (_, _, Reverse(line), task) = self.heads.pop()?;
        let Line { class, queue, .. } = self.lines[line];
        Some(Next { task, class, queue, line })
    }

    /// The task was given away: the next of its line is next in turn.
    pub(super) fn go_on(&mut self, after: Next) {
        self.advance(after.line);
    }
}

/// The tasks of all submits in an entry that will be ready when they are born, in places that exist.
fn newborns(state: &State, assembly: &Assembly) -> Vec<Newborn> {
    let submits = assembly.proposals().filter_map(|(first, proposal)| {
        if let Command::Submit(submit) = &proposal.command { Some((first, submit)) } else { None }
    });
    let tasks = submits.flat_map(|(first, submit)| (first..).zip(&submit.tasks));
    let tasks = tasks.take(limits::NEWBORNS_PER_CHOICE);
    tasks.filter_map(|(position, spec)| newborn(state, position, spec)).collect()
}

fn newborn(state: &State, position: u32, spec: &TaskSpec) -> Option<Newborn> {
    let now_ms = state.now_ms();
    let at_once = spec.terms.as_ref().is_none_or(|terms| {
        terms.dependencies.is_empty()
            && terms.not_before_ms.is_none_or(|at_ms| at_ms <= now_ms)
            && terms.must_start_by_ms.is_none_or(|at_ms| at_ms > now_ms)
    });
    if !at_once {
        return None;
    }
    let (class, queue) = (state.known_class(&spec.class)?, state.known_queue(&spec.queue)?);
    Some(Newborn { position, class, queue, priority: spec.priority })
}
