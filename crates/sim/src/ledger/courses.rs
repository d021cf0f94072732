//! The course of every task as its submitter and watchers know it: its terms, its failures, and its place in the line.

use std::collections::{BTreeMap, VecDeque};

use reeve_core::command::{Amendment, Found};
use reeve_core::defaults;
use reeve_core::event::{AttemptEnd, Cancelled, Step};
use reeve_core::intern::ClassId;
use reeve_core::name::{Revision, TaskId};
use reeve_core::task::{Ending, Priority, RetryPolicy, Standing, TaskSpec, Terms};

use super::said::{Said, named};
use super::{Applied, Life};

/// The course of one task.
#[derive(Clone, Debug)]
pub struct Course {
    /// On whose behalf it runs.
    pub parent: Option<TaskId>,
    /// Its urgency.
    pub priority: Priority,
    /// Its requirements.
    pub class: ClassId,
    /// Not granted before.
    pub not_before_ms: Option<u64>,
    /// Expires unless begun by then.
    pub must_start_by_ms: Option<u64>,
    /// Its time for one attempt.
    pub timeout_ms: Option<u64>,
    /// How its failures are retried.
    pub retry: RetryPolicy,
    /// Until when it waits for its time.
    pub until_ms: Option<u64>,
    /// An attempt has begun that was not recalled.
    pub begun: bool,
    /// The same, but for the present attempt.
    pub begun_before: bool,
    /// Failures of this generation.
    pub failures: u16,
    /// Charged session deaths of this generation.
    pub crashes: u8,
    /// Unanswered offers since the last that counted as a crash.
    pub recalls: u8,
    /// Its place in the line of its queue, class and priority: the lower comes first.
    pub place: Option<i64>,
    /// When it ended last, in the log and by its clock.
    pub over: Option<(Revision, u64)>,
    /// When it was retried last.
    pub retried: Option<Revision>,
    /// It was cancelled along with another.
    pub followed: bool,
}

/// The courses of all tasks.
#[derive(Clone, Debug, Default)]
pub struct Courses {
    /// By task.
    pub of: BTreeMap<TaskId, Course>,
    head: i64,
    tail: i64,
}

/// How many failures and crashes a task has after an attempt that ended like this.
#[must_use]
pub fn charged(course: &Course, how: AttemptEnd) -> (u16, u8) {
    let (failures, crashes) = (course.failures, course.crashes);
    match how {
        AttemptEnd::FailedRetryable | AttemptEnd::TimedOut => (failures + 1, crashes),
        AttemptEnd::WorkerCrashed | AttemptEnd::Recalled => (failures, crashes + 1),
        _ => (failures, crashes),
    }
}

impl Courses {
    /// A task was submitted.
    pub(super) fn submit(&mut self, id: TaskId, spec: &TaskSpec, step: &Applied<'_>) {
        let plain = Terms::default();
        let terms = spec.terms.as_deref().unwrap_or(&plain);
        let course = Course {
            parent: terms.parent.map(|parent| named(parent, step)),
            priority: spec.priority,
            class: ClassId(u32::MAX),
            not_before_ms: terms.not_before_ms,
            must_start_by_ms: terms.must_start_by_ms,
            timeout_ms: terms.attempt_timeout_ms,
            retry: terms.retry.unwrap_or(defaults::RETRY),
            until_ms: None,
            begun: false,
            begun_before: false,
            failures: 0,
            crashes: 0,
            recalls: 0,
            place: None,
            over: None,
            retried: None,
            followed: false,
        };
        self.of.insert(id, course);
    }

    /// Takes in one event of a task that was, before it, like this.
    pub(super) fn note(
        &mut self,
        (id, class): (TaskId, ClassId),
        what: Step,
        life: &Life,
        step: &Applied<'_>,
        said: &mut Said,
    ) {
        let Some(course) = self.of.get_mut(&id) else { return };
        // Where it comes to stand in line, if it does.
        let mut line = None;
        match what {
            Step::Submitted { standing } => {
                course.until_ms = course.not_before_ms.filter(|_| standing == Standing::Scheduled);
                line = (standing == Standing::Ready).then_some(&mut self.tail);
            }
            Step::Ready => line = Some(&mut self.tail),
            Step::Scheduled { until_ms } => (course.until_ms, course.place) = (Some(until_ms), None),
            Step::Returned { .. } => line = Some(&mut self.head),
            Step::Resumed if life.standing == Some(Standing::Ready) => line = Some(&mut self.tail),
            Step::Held => course.place = None,
            Step::Updated { .. } => {
                let amendment = said.updates.get_mut(&id).and_then(VecDeque::pop_front).unwrap_or_default();
                // A back-off may be made longer, never shorter.
                let backs_off = life.standing == Some(Standing::Backoff);
                let moves = course.amend(&amendment) | (course.class != class);
                if backs_off {
                    course.until_ms = course.until_ms.max(course.not_before_ms);
                }
                line = (moves && course.place.is_some()).then_some(&mut self.tail);
            }
            Step::Retried => {
                let found = said.retries.get_mut(&id).and_then(VecDeque::pop_front).flatten();
                course.start_over(found.filter(|_| life.endings.last() == Some(&Ending::Failed)), step);
                line = Some(&mut self.tail);
            }
            _ => {}
        }
        if !matches!(what, Step::Stopped { .. }) {
            course.class = class;
        }
        course.go_on(what, step);
        let waits = match what {
            Step::Resumed => true,
            Step::Retried => !life.held || life.endings.last() == Some(&Ending::Failed),
            _ => !life.held,
        };
        if let Some(end) = line {
            // What came back stands before all others, what came anew behind them.
            *end += if matches!(what, Step::Returned { .. }) { -1 } else { 1 };
            course.place = waits.then_some(*end);
        }
    }
}

impl Course {
    fn go_on(&mut self, what: Step, step: &Applied<'_>) {
        match what {
            Step::Ready => self.until_ms = None,
            Step::Leased { .. } => {
                (self.begun_before, self.begun, self.place) = (self.begun, true, None);
            }
            Step::Returned { how: AttemptEnd::Recalled, .. } => {
                self.recalls += 1;
                self.begun = self.begun_before;
            }
            Step::Retrying { how, until_ms, .. } => {
                (self.failures, self.crashes) = charged(self, how);
                self.until_ms = Some(until_ms);
                if how == AttemptEnd::Recalled {
                    self.recalls = 0;
                }
            }
            Step::Ended { cancelled, .. } => {
                self.followed =
                    matches!(cancelled, Some(Cancelled::WithParent(_) | Cancelled::WithDependency(_)));
                (self.until_ms, self.place) = (None, None);
                self.over = Some((step.entry.revision, step.outcome.now_ms));
            }
            _ => {}
        }
    }

    /// Takes over an update; says whether the task goes to the end of another line.
    fn amend(&mut self, amendment: &Amendment) -> bool {
        self.not_before_ms = amendment.not_before_ms.unwrap_or(self.not_before_ms);
        self.must_start_by_ms = amendment.must_start_by_ms.unwrap_or(self.must_start_by_ms);
        self.timeout_ms = amendment.attempt_timeout_ms.unwrap_or(self.timeout_ms);
        let former = self.priority;
        self.priority = amendment.priority.unwrap_or(former);
        self.priority != former
    }

    fn start_over(&mut self, found: Option<Box<Found>>, step: &Applied<'_>) {
        (self.failures, self.crashes, self.recalls) = (0, 0, 0);
        (self.must_start_by_ms, self.until_ms, self.begun) = (None, None, true);
        self.retried = Some(step.entry.revision);
        if let Some(found) = found {
            (self.priority, self.timeout_ms, self.not_before_ms) =
                (found.priority, found.attempt_timeout_ms, None);
            // Whether that still lives, and takes it back, is not for watchers to know.
            self.parent = None;
            self.retry = found.retry.unwrap_or(defaults::RETRY);
        }
    }
}
