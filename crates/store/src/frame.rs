//! Frames: how local metadata of a fixed shape is written. A magic and a version say what it is, a checksum that it is what
//! was written. The only place that names bincode; the shapes inside are frozen, and a changed one is a new version.
//!
//! What must never be here: anything that is replicated or that another node reads.

use bincode::config::{BigEndian, Configuration, Fixint, Limit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use crate::fault::{Fault, FaultKind};
use crate::limits;

/// A frozen shape.
pub(crate) trait Framed: Serialize + DeserializeOwned {
    /// What it is; never used for anything else.
    const MAGIC: [u8; 4];
    /// Which form of it.
    const VERSION: u16;
}

/// Magic, version and length.
const HEAD: usize = 10;
/// The checksum over all that stands before it.
const CHECKSUM: usize = 8;

type Config = Configuration<BigEndian, Fixint, Limit<{ limits::FRAME_BYTES_MAX }>>;

const fn config() -> Config {
    bincode::config::standard().with_big_endian().with_fixed_int_encoding().with_limit()
}

/// The frame of a value.
pub(crate) fn encode<T: Framed>(value: &T) -> Vec<u8> {
    let body = bincode::serde::encode_to_vec(value, config()).expect("a frozen shape can be written");
    let length = u32::try_from(body.len()).expect("a frozen shape is far below 4 GiB");
    let mut frame = Vec::with_capacity(HEAD + body.len() + CHECKSUM);
    frame.extend_from_slice(&T::MAGIC);
    frame.extend_from_slice(&T::VERSION.to_be_bytes());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&body);
    frame.extend_from_slice(&xxh3_64(&frame).to_be_bytes());
    frame
}

/// The value of the frame that stands first in `bytes`; what follows it is not looked at.
///
/// # Errors
/// It is damaged, or was written by a newer build. `at` is where.
pub(crate) fn decode<T: Framed>(bytes: &[u8], at: &str) -> Result<T, Fault> {
    let damaged = |what: &str| Fault::damaged(at, what);
    let (magic, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| damaged("it is cut short"))?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(|| damaged("it is cut short"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("it is cut short"))?;
    if *magic != T::MAGIC {
        return Err(damaged("it does not begin as it should"));
    }
    let length = u32::from_be_bytes(*length) as usize;
    if length > limits::FRAME_BYTES_MAX {
        return Err(damaged("its length is out of bounds"));
    }
    let (body, rest) = rest.split_at_checked(length).ok_or_else(|| damaged("it is cut short"))?;
    let (checksum, _) = rest.split_first_chunk::<CHECKSUM>().ok_or_else(|| damaged("it is cut short"))?;
    if xxh3_64(&bytes[..HEAD + length]).to_be_bytes() != *checksum {
        return Err(damaged("its checksum is wrong"));
    }
    let version = u16::from_be_bytes(*version);
    if version > T::VERSION {
        return Err(Fault::new(FaultKind::Newer, at, format!("it has format {version}")));
    }
    if version < T::VERSION {
        return Err(damaged("its format was never written"));
    }
    match bincode::serde::decode_from_slice(body, config()) {
        Ok((value, used)) if used == length => Ok(value),
        Ok(_) => Err(damaged("it is longer than its shape")),
        Err(error) => Err(damaged(&format!("it does not have its shape: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        number: u64,
        maybe: Option<u16>,
    }

    impl Framed for Sample {
        const MAGIC: [u8; 4] = *b"RVxx";
        const VERSION: u16 = 1;
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Later(Sample);

    impl Framed for Later {
        const MAGIC: [u8; 4] = Sample::MAGIC;
        const VERSION: u16 = 2;
    }

    fn sample() -> Sample {
        Sample { number: 7, maybe: Some(9) }
    }

    #[test]
    fn a_frame_is_read_back_whatever_follows_it() {
        let mut frame = encode(&sample());
        assert_eq!(decode::<Sample>(&frame, "here").unwrap(), sample());
        frame.extend_from_slice(&[0; 9]);
        assert_eq!(decode::<Sample>(&frame, "here").unwrap(), sample());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_damage() {
        let frame = encode(&sample());
        for bit in 0..frame.len() * 8 {
            let mut rotten = frame.clone();
            rotten[bit / 8] ^= 1 << (bit % 8);
            let fault = decode::<Sample>(&rotten, "here").unwrap_err();
            assert_eq!(fault.kind, FaultKind::Damaged, "bit {bit}: {fault}");
        }
        for length in 0..frame.len() {
            let fault = decode::<Sample>(&frame[..length], "here").unwrap_err();
            assert_eq!(fault.kind, FaultKind::Damaged, "{length} bytes: {fault}");
        }
    }

    #[test]
    fn a_newer_form_is_told_from_damage() {
        let fault = decode::<Sample>(&encode(&Later(sample())), "here").unwrap_err();
        assert_eq!(fault.kind, FaultKind::Newer, "{fault}");
        let fault = decode::<Later>(&encode(&sample()), "here").unwrap_err();
        assert_eq!(fault.kind, FaultKind::Damaged, "{fault}");
    }
}
