//! Quantities: a whole number and a unit, without which it would be a guess.

use std::time::Duration;

use super::{Value, quoted};

/// Units of time, in milliseconds, the largest first.
const TIMES: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size, in bytes, the largest first.
const SIZES: &[(&str, u64)] =
    &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl Value for ByteSize {
    fn noun() -> String {
        "a size".into()
    }

    fn form() -> String {
        "a whole number and a unit (B, KiB, MiB, GiB, TiB), such as \"64MiB\"".into()
    }

    fn parse(text: &str) -> Option<Self> {
        parse(text, SIZES).map(Self)
    }

    fn show(&self) -> String {
        quoted(&show(self.0, SIZES))
    }
}

impl Value for Duration {
    fn noun() -> String {
        "a duration".into()
    }

    fn form() -> String {
        "a whole number and a unit (ms, s, m, h, d), such as \"150ms\"".into()
    }

    fn parse(text: &str) -> Option<Self> {
        parse(text, TIMES).map(Self::from_millis)
    }

    fn show(&self) -> String {
        let ms = u64::try_from(self.as_millis()).expect("it was made from as many milliseconds");
        quoted(&show(ms, TIMES))
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_')?;
    let (number, unit) = (text[..end].replace('_', ""), text[end..].trim());
    let (_, worth) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*worth)
}

/// With the largest unit that leaves no rest.
fn show(amount: u64, units: &[(&str, u64)]) -> String {
    let exact = units.iter().find(|(_, worth)| amount >= *worth && amount.is_multiple_of(*worth));
    let (unit, worth) = exact.or(units.last()).expect("there is a smallest unit");
    format!("{}{unit}", amount / worth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_shown_as_it_is_read() {
        for text in ["0ms", "150ms", "1s", "90s", "10m", "25h", "7d"] {
            assert_eq!(Duration::parse(text).unwrap().show(), format!("\"{text}\""));
        }
        for text in ["0B", "1B", "1KiB", "1000B", "64MiB", "1536MiB", "2TiB"] {
            assert_eq!(ByteSize::parse(text).unwrap().show(), format!("\"{text}\""));
        }
        assert_eq!(Duration::parse("1_000 ms"), Some(Duration::from_secs(1)));
    }

    #[test]
    fn what_has_no_unit_or_no_number_is_none() {
        for text in [
            "",
            "5",
            "s",
            "1.5s",
            "-1s",
            "5 sec",
            "5S",
            "1m30s",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
        for text in ["64", "64MB", "64mib", "MiB", "1.5GiB", "99999999TiB"] {
            assert_eq!(ByteSize::parse(text), None, "{text}");
        }
    }
}
