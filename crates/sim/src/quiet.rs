//! Panics of what is simulated: caught, told and silent. Every other panic of the process speaks as it always did.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// What this thread's last panic said; `None` while nothing is simulated on it.
    static HEARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs what may panic.
///
/// # Errors
/// What its last panic said, and where, in one line.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(listen);
    let before = HEARD.replace(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(run));
    let heard = HEARD.replace(before).unwrap_or_default();
    done.map_err(|_| heard.replace('\n', " "))
}

/// From now on a panic is noted where something is simulated, and passed on to whoever listened before where not.
fn listen() {
    let former = take_hook();
    set_hook(Box::new(move |panic| {
        if !note(panic) {
            former(panic);
        }
    }));
}

fn note(panic: &PanicHookInfo<'_>) -> bool {
    HEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| *heard = panic.to_string()).is_some())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static PASSED_ON: Cell<u32> = const { Cell::new(0) };
    }

    #[test]
    fn only_what_is_simulated_is_silent() {
        let former = take_hook();
        set_hook(Box::new(move |panic| {
            PASSED_ON.set(PASSED_ON.get() + 1);
            former(panic);
        }));
        listen();
        let told = caught(|| panic!("in\nside")).unwrap_err();
        assert!(told.contains("quiet.rs") && told.contains("in side"), "{told}");
        assert_eq!(PASSED_ON.get(), 0);
        assert!(catch_unwind(|| panic!("outside")).is_err());
        assert_eq!(PASSED_ON.get(), 1);
        assert_eq!(caught(|| 7), Ok(7));
    }
}
