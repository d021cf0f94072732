//! Shrinking: from a long history that breaks a law to a short one that still does.

/// The shortest list found by leaving out pieces, large ones first, that still `fails`. At most `tries` attempts.
pub(crate) fn shrink<T: Clone>(mut items: Vec<T>, mut tries: u32, fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let mut piece = items.len() / 2;
    while piece > 0 {
        let (mut at, mut shrunk) = (0, false);
        while at < items.len() {
            if tries == 0 {
                return items;
            }
            tries -= 1;
            let end = (at + piece).min(items.len());
            let without: Vec<T> = items[..at].iter().chain(&items[end..]).cloned().collect();
            if fails(&without) {
                items = without;
                shrunk = true;
            } else {
                at = end;
            }
        }
        // The last size is repeated until nothing can be left out any more.
        if piece > 1 || !shrunk {
            piece /= 2;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_what_remains() {
        let fails = |items: &[u32]| items.contains(&17) && items.contains(&404) && items.contains(&405);
        assert_eq!(shrink((0..1_000).collect(), 10_000, fails), [17, 404, 405]);
        assert_eq!(shrink((0..8).collect(), 0, |_| true).len(), 8);
    }
}
