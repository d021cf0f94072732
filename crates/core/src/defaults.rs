//! What a request means when it does not say: the defaults of policies. Bounds are in `limits`.

use crate::task::RetryPolicy;

/// How a task is retried when its submitter does not say.
pub const RETRY: RetryPolicy =
    RetryPolicy { max_attempts: 5, first_ms: 1_000, factor_percent: 200, max_ms: 5 * 60 * 1_000 };
/// Part of each back-off that is derived jitter, in percent: retries of one storm spread over it.
pub const JITTER_PERCENT: u64 = 25;
/// How long an idempotency key is remembered when its request does not say.
pub const KEY_MS: u64 = 24 * 60 * 60 * 1_000;
/// How long an idempotency key outlives the end of its last task, at least.
pub const KEY_AFTER_END_MS: u64 = 60 * 60 * 1_000;
/// How long a holder may take to answer a pause before its lease is revoked.
pub const PAUSE_GRACE_MS: u64 = 30_000;
/// Due work that one entry settles when its leader has no reason to ask for less.
pub const SWEEP: u32 = 1_000;
/// The namespace of requests that name none. It exists from the first entry and cannot be deleted.
pub const NAMESPACE: &str = "default";
/// The queue of requests that name none. It comes into being as any other.
pub const QUEUE: &str = "default";

const _: () = {
    assert!(RETRY.max_attempts <= crate::limits::ATTEMPTS_MAX);
    assert!(RETRY.first_ms >= crate::limits::BACKOFF_MS_MIN && RETRY.first_ms <= RETRY.max_ms);
    assert!(RETRY.factor_percent >= 100 && RETRY.factor_percent <= crate::limits::BACKOFF_FACTOR_PERCENT_MAX);
    assert!(SWEEP <= crate::limits::SWEEP_MAX);
    assert!(JITTER_PERCENT <= 100);
};
