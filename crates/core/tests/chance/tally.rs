//! A tally of the heap: an allocator that counts what each thread takes, and how much of it at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::{self, Display, Formatter};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator, with a tally for each thread.
struct Counting;

#[global_allocator]
static HEAP: Counting = Counting;

fn took(bytes: usize) {
    COUNT.set(COUNT.get() + 1);
    let held = HELD.get() + bytes as i64;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

fn gave(bytes: usize) {
    HELD.set(HELD.get() - bytes as i64);
}

#[expect(
    unsafe_code,
    reason = "an allocator cannot be written otherwise; this one only counts and passes on"
)]
// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract. The counters are plain
// thread-local cells without destructors: they neither allocate nor panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as our own caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as our own caller promised.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old and the new block may both be there for a moment.
        took(size);
        gave(layout.size());
        // SAFETY: as our own caller promised.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What a piece of work took from the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    /// How many blocks.
    pub count: u64,
    /// How many bytes at the worst moment, above those held before.
    pub peak: i64,
    /// How many bytes more are held than before.
    pub kept: i64,
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} allocations, {} bytes at most, {} bytes kept", self.count, self.peak, self.kept)
    }
}

/// Does something on this thread, and counts.
pub(crate) fn tally<T>(work: impl FnOnce() -> T) -> (T, Tally) {
    let (count, held) = (COUNT.get(), HELD.get());
    PEAK.set(held);
    let done = work();
    (done, Tally { count: COUNT.get() - count, peak: PEAK.get() - held, kept: HELD.get() - held })
}
