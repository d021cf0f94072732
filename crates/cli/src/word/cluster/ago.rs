//! How long ago something was, as people say it.

/// So many milliseconds, in the largest unit that fits.
pub(super) fn ago(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(24 * 3_600_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fits = UNITS.iter().find(|(unit, _)| ms >= *unit);
    let (count, name) = fits.map_or((ms, "ms"), |(unit, name)| (ms / unit, *name));
    format!("{count} {name} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_that_fits_is_said() {
        assert_eq!(ago(0), "0 ms ago");
        assert_eq!(ago(999), "999 ms ago");
        assert_eq!(ago(4_999), "4 s ago");
        assert_eq!(ago(60_000), "1 m ago");
        assert_eq!(ago(2 * 3_600_000 + 1), "2 h ago");
        assert_eq!(ago(90 * 3_600_000), "3 d ago");
    }
}
