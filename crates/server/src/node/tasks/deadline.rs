//! How long a caller waits.

use std::time::Duration;

use tonic::metadata::MetadataMap;

use crate::limits::{TASK_CALL_PATIENCE, TASK_CALL_PATIENCE_MAX};

/// How long a call may take here: a little less than its caller waits, so that it hears what came of it.
pub(super) fn patience(metadata: &MetadataMap) -> Duration {
    let header = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok());
    let asked = header.and_then(parsed).unwrap_or(TASK_CALL_PATIENCE).min(TASK_CALL_PATIENCE_MAX);
    asked - (asked / 10).min(Duration::from_millis(100))
}

/// The deadline of a call as gRPC writes it: up to eight digits and a unit.
fn parsed(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    if digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse::<u64>().ok()?;
    match unit {
        'H' => Some(Duration::from_secs(number * 3_600)),
        'M' => Some(Duration::from_secs(number * 60)),
        'S' => Some(Duration::from_secs(number)),
        'm' => Some(Duration::from_millis(number)),
        'u' => Some(Duration::from_micros(number)),
        'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Duration {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", text.parse().unwrap());
        patience(&metadata)
    }

    #[test]
    fn a_call_takes_less_than_its_caller_waits() {
        assert_eq!(with("5S"), Duration::from_millis(4_900));
        assert_eq!(with("500m"), Duration::from_millis(450));
        assert_eq!(with("1000u"), Duration::from_micros(900));
        let longest = TASK_CALL_PATIENCE_MAX - Duration::from_millis(100);
        assert_eq!(with("99999999H"), longest);
        let usual = TASK_CALL_PATIENCE - Duration::from_millis(100);
        for strange in ["", "S", "5", "-5S", "+5S", "999999999m", "5 S", "5X"] {
            assert_eq!(with(strange), usual, "{strange}");
        }
        assert_eq!(patience(&MetadataMap::new()), usual);
    }
}
