//! Every bound of the law, and the arithmetic between them.
//!
//! A bound without its neighbours is a guess: the compiler holds the argument at the end of this file. What a user
//! may choose has its default in `defaults`; nothing here is configuration.

/// Longest name of a namespace, queue, kind, label key, resource or worker, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest label value and selector value, in bytes.
pub const LABEL_VALUE_BYTES_MAX: usize = 256;
/// Most labels on one task or worker.
pub const LABELS_MAX: usize = 32;
/// Most terms in a label selector, and most values in a term.
pub const SELECTOR_TERMS_MAX: usize = 16;
/// Most kinds that one task may require beside its own.
pub const KINDS_REQUIRED_MAX: usize = 8;
/// Most kinds that one worker may offer.
pub const KINDS_OFFERED_MAX: usize = 1_024;
/// Most custom resources in one requirement or offer.
pub const RESOURCES_MAX: usize = 16;
/// Largest amount of any resource: sums over all slots of a worker stay far from overflow.
pub const RESOURCE_AMOUNT_MAX: u64 = 1 << 50;
/// Most slots of one worker.
pub const SLOTS_MAX: u32 = 100_000;
/// Longest text of all requirements of a task together, in bytes: every task's description repeats it in words.
pub const REQUIREMENT_BYTES_MAX: usize = 2_048;
/// Longest name of an authenticated subject, in bytes: every description repeats it too.
pub const SUBJECT_BYTES_MAX: usize = 256;
/// Longest content type, in bytes.
pub const CONTENT_TYPE_BYTES_MAX: usize = 256;
/// Longest idempotency key, in bytes.
pub const KEY_BYTES_MAX: usize = 256;
/// Longest trace context, in bytes.
pub const TRACE_BYTES_MAX: usize = 512;
/// Longest error type, in bytes.
pub const ERROR_TYPE_BYTES_MAX: usize = 256;
/// Longest error, progress or alarm message, in bytes. Longer ones are for bodies.
pub const MESSAGE_BYTES_MAX: usize = 4_096;

/// Most tasks that one submit creates.
pub const SUBMIT_TASKS_MAX: usize = 10_000;
/// Most dependencies of one task.
pub const DEPENDENCIES_MAX: usize = 1_000;
/// Deepest chain of parents: settling a task walks to its root while a cascade is pending.
pub const ANCESTORS_MAX: u32 = 64;
/// Most partial results of one attempt.
pub const PARTIALS_MAX: u32 = 100_000;
/// Most attempts that a retry policy may allow.
pub const ATTEMPTS_MAX: u16 = 10_000;
/// Charged session deaths after which a task counts as poison.
pub const CRASHES_MAX: u8 = 5;
/// Recalls of an unanswered offer after which one more counts as a crash.
pub const RECALLS_MAX: u8 = 5;

/// Longest duration anywhere (ten years): a sum of time and duration never overflows.
pub const DURATION_MS_MAX: u64 = 10 * 365 * 24 * 60 * 60 * 1_000;
/// Latest instant that a request may name (in the year 2500).
pub const INSTANT_MS_MAX: u64 = 16_725_225_600_000;
/// Shortest back-off before a retry: zero would be a hot loop through the log.
pub const BACKOFF_MS_MIN: u64 = 10;
/// Largest growth of back-off between retries, in percent.
pub const BACKOFF_FACTOR_PERCENT_MAX: u32 = 10_000;

/// Most live tasks of a group: they are held in memory.
pub const LIVE_TASKS_MAX: u32 = 50_000_000;
/// Most namespaces.
pub const NAMESPACES_MAX: u32 = 10_000;
/// Most queues, over all namespaces.
pub const QUEUES_MAX: u32 = 100_000;
/// Most interned kinds.
pub const KINDS_MAX: u32 = 65_536;
/// Most interned label keys of selectors and workers.
pub const LABEL_KEYS_MAX: u32 = 4_096;
/// Most interned requirement classes.
pub const CLASSES_MAX: u32 = 65_536;
/// Most open client sessions.
pub const CLIENTS_MAX: u32 = 100_000;
/// Most live worker sessions.
pub const WORKERS_MAX: u32 = 200_000;
/// Most idempotency keys remembered in one namespace.
pub const KEYS_PER_NAMESPACE_MAX: u32 = 1_000_000;
/// Most alarms set at once.
pub const ALARMS_MAX: u32 = 1_024;

/// Requests of one client session that may be outstanding: the width of its reply window.
pub const CLIENT_WINDOW: u64 = 1_024;
/// Most due work that one entry may settle, whatever its leader asks for.
pub const SWEEP_MAX: u32 = 10_000;
/// How far all requests of one entry may walk through families of tasks to see what is due, while a cascade is pending.
pub const WALK_PER_ENTRY: usize = 50_000;
/// How far each report of a holder may walk beside that: whatever else an entry asks, reports get in.
pub const WALK_PER_REPORT: usize = 1_000;
/// How long a finished task stays as a tombstone, in log time.
pub const TOMBSTONE_MS: u64 = 5 * 60 * 1_000;
/// Most tombstones; beyond it the oldest fall first and the floor rises.
pub const TOMBSTONES_MAX: usize = 2_000_000;
/// Retention work (tombstones, idempotency keys) that one entry does beside what it adds itself.
pub const RETENTION_PER_ENTRY: usize = 2_048;

const _: () = {
    // An instant plus a duration, and its multiples in back-off arithmetic, fit in 64 bits.
    assert!(INSTANT_MS_MAX.checked_add(DURATION_MS_MAX).is_some());
    assert!(DURATION_MS_MAX.checked_mul(BACKOFF_FACTOR_PERCENT_MAX as u64).is_some());
    // A worker's charges cannot overflow: every lease charges at most what one requirement may name.
    assert!(RESOURCE_AMOUNT_MAX <= u64::MAX >> 10);
    // Retention keeps up with the fullest entry, or tombstones would pile up behind it.
    assert!(TOMBSTONES_MAX >= SUBMIT_TASKS_MAX + RETENTION_PER_ENTRY);
    // What a submission names once and each of its tasks repeats stays within a few dozen megabytes.
    assert!(SUBMIT_TASKS_MAX * (REQUIREMENT_BYTES_MAX + SUBJECT_BYTES_MAX) <= 32 * 1_024 * 1_024);
    // A client session's window of replies, at 64 bytes each, costs less than a payload; a cluster that opens all its
    // sessions and fills all their windows is refused by the doors long before.
    assert!(CLIENT_WINDOW * 64 <= 64 * 1_024);
    // Slot numbers are u32 with one value kept for "none".
    assert!(LIVE_TASKS_MAX < u32::MAX);
    // A tombstone outlives any back-off between the retries of a report.
    assert!(TOMBSTONE_MS >= 60_000);
};
