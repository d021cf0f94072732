//! The grammar of all shapes: how numbers, text, lists and choices become bytes, and back without trust.
//!
//! There is one canonical encoding for each value. Reading never panics, never guesses, and allocates no more than
//! a constant times the bytes it was given: lists grow as their items are read, never from a claimed count.

use crate::assembly::Shift;
use crate::class::{Selector, Test};
use crate::fault::Fault;
use crate::name::{Name, Ref, Revision};
use crate::refusal::Refusal;

/// A value with one canonical binary form.
pub trait Wire: Sized {
    /// Appends the canonical form.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads what `put` wrote.
    ///
    /// # Errors
    /// Any [`Fault`] of damaged or newer bytes.
    fn get(from: &mut Reader<'_>) -> Result<Self, Fault>;

    /// Moves every position inside, of a body or of a name born in the same entry, to where its group stands in an
    /// entry of many. There is no default: who writes a shape by hand must say what it holds.
    ///
    /// # Errors
    /// The refusal of a position beyond the group.
    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal>;
}

/// The shape holds no position.
macro_rules! unmoved {
    () => {
        fn relocate(&mut self, _: &$crate::assembly::Shift) -> Result<(), $crate::refusal::Refusal> {
            Ok(())
        }
    };
}

/// Bytes being read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Fault::Truncated`] when there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Fault::Truncated`] at the end.
    pub fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    /// The bytes of a length-prefixed value.
    ///
    /// # Errors
    /// [`Fault::Truncated`] when the length claims more than there is.
    pub fn span(&mut self) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(u64::get(self)?).map_err(|_| Fault::Truncated)?;
        self.take(length)
    }

    /// Reads one whole value and insists that nothing follows.
    ///
    /// # Errors
    /// The value's own faults, or [`Fault::Trailing`].
    pub fn whole<T: Wire>(bytes: &[u8]) -> Result<T, Fault> {
        let mut from = Reader::new(bytes);
        let value = T::get(&mut from)?;
        from.finish()?;
        Ok(value)
    }

    /// Insists that nothing is left.
    ///
    /// # Errors
    /// [`Fault::Trailing`].
    pub const fn finish(self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::Trailing) }
    }
}

/// Bytes that an item of a list takes at least, for the room that is made before reading it.
const ITEM_BYTES: usize = 16;

/// Appends a length-prefixed span.
pub fn put_span(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u64).put(out);
    out.extend_from_slice(bytes);
}

/// Appends `[tag][version][length][fields]`: the frame of everything that may gain versions.
pub fn put_frame(tag: u8, version: u8, out: &mut Vec<u8>, fields: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&[tag, version, 0]);
    let start = out.len();
    fields(out);
    let length = out.len() - start;
    // Most frames are shorter than 128 bytes and their length fits the byte kept for it.
    if let Ok(short @ 0..128) = u8::try_from(length) {
        out[start - 1] = short;
    } else {
        let mut prefix = Vec::with_capacity(10);
        (length as u64).put(&mut prefix);
        out.splice(start - 1..start, prefix);
    }
}

impl Wire for u64 {
    /// Little-endian base 128, no longer than needed.
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push((rest as u8) | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = from.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Fault::OutOfRange("a number"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(Fault::NotCanonical("a number")) } else { Ok(value) };
            }
        }
        Err(Fault::OutOfRange("a number"))
    }

    unmoved!();
}

macro_rules! narrow {
    ($($number:ident),*) => {$(
        impl Wire for $number {
            fn put(&self, out: &mut Vec<u8>) {
                u64::from(*self).put(out);
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
                u64::get(from)?.try_into().map_err(|_| Fault::OutOfRange("a number"))
            }

            unmoved!();
        }
    )*};
}

narrow!(u32, u16);

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        from.byte()
    }

    unmoved!();
}

impl Wire for i64 {
    /// Zigzag: small in both directions.
    fn put(&self, out: &mut Vec<u8>) {
        (((*self << 1) ^ (*self >> 63)) as u64).put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let folded = u64::get(from)?;
        Ok(((folded >> 1) as i64) ^ -((folded & 1) as i64))
    }

    unmoved!();
}

impl Wire for u128 {
    /// Sixteen bytes: these are hashes, which have no small values.
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let bytes = from.take(16)?.try_into().map_err(|_| Fault::Truncated)?;
        Ok(Self::from_be_bytes(bytes))
    }

    unmoved!();
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::NotCanonical("a yes or no")),
        }
    }

    unmoved!();
}

impl Wire for Box<str> {
    fn put(&self, out: &mut Vec<u8>) {
        put_span(self.as_bytes(), out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        std::str::from_utf8(from.span()?).map(Box::from).map_err(|_| Fault::BadText)
    }

    unmoved!();
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        for item in self {
            item.put(out);
        }
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let count = u64::get(from)?;
        // Every item takes a byte at least, so a count above what is left is a lie, found before any work.
        if count > from.left() as u64 {
            return Err(Fault::Truncated);
        }
        // Room for what such items usually take, which is never more than a constant times the input.
        let mut items =
            Self::with_capacity(usize::try_from(count).unwrap_or(0).min(from.left() / ITEM_BYTES));
        for _ in 0..count {
            items.push(T::get(from)?);
        }
        Ok(items)
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        self.iter_mut().try_for_each(|item| item.relocate(by))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        if bool::get(from)? { T::get(from).map(Some) } else { Ok(None) }
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        self.as_mut().map_or(Ok(()), |value| value.relocate(by))
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        T::get(from).map(Box::new)
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        (**self).relocate(by)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok((A::get(from)?, B::get(from)?))
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        self.0.relocate(by)?;
        self.1.relocate(by)
    }
}

impl Wire for Revision {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        u64::get(from).map(Revision)
    }

    unmoved!();
}

impl Wire for Name {
    /// One head byte says whether group and era are zero, as they nearly always are.
    fn put(&self, out: &mut Vec<u8>) {
        let elsewhere = (self.group, self.era) != (0, 0);
        elsewhere.put(out);
        if elsewhere {
            self.group.put(out);
            self.era.put(out);
        }
        self.revision.put(out);
        self.position.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let (group, era) = if bool::get(from)? {
            let history = (u16::get(from)?, u16::get(from)?);
            // Whoever says "elsewhere" must mean it: a name has one spelling.
            if history == (0, 0) {
                return Err(Fault::NotCanonical("a name"));
            }
            history
        } else {
            (0, 0)
        };
        Ok(Self { group, era, revision: Revision::get(from)?, position: u32::get(from)? })
    }

    unmoved!();
}

macro_rules! wrapped {
    ($($wrapper:path as $inner:ty),* $(,)?) => {$(
        impl Wire for $wrapper {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
                <$inner>::get(from).map($wrapper)
            }

            fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
                self.0.relocate(by)
            }
        }
    )*};
}

wrapped! {
    crate::name::TaskId as Name,
    crate::name::Token as Name,
    crate::name::ClientId as Name,
    crate::name::WorkerId as Name,
    crate::intern::NamespaceId as u32,
    crate::intern::QueueId as u32,
    crate::intern::KindId as u32,
    crate::intern::LabelKeyId as u32,
    crate::intern::ClassId as u32,
}

/// Declares the shape of a struct: its fields in the order in which they are written, for ever.
macro_rules! shape {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::codec::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($crate::codec::wire::Wire::put($field, out);)+
            }

            fn get(from: &mut $crate::codec::wire::Reader<'_>) -> Result<Self, $crate::fault::Fault> {
                Ok(Self { $($field: $crate::codec::wire::Wire::get(from)?),+ })
            }

            fn relocate(&mut self, by: &$crate::assembly::Shift) -> Result<(), $crate::refusal::Refusal> {
                let Self { $($field),+ } = self;
                $($crate::codec::wire::Wire::relocate($field, by)?;)+
                Ok(())
            }
        }
    };
}

/// Declares the shape of a choice: one pinned tag for each variant, never reused. `hidden` choices are the law's own.
macro_rules! choice {
    (hidden $type:ty, $family:literal { $($tag:literal = $variant:ident $({ $($field:ident),* })? $(($($item:ident),*))?),* $(,)? }) => {
        impl $type {
            /// The pinned tags: (family, variant, tag).
            pub(crate) const ORDINALS: &'static [(&'static str, &'static str, u8)] =
                &[$(($family, stringify!($variant), $tag)),*];
        }

        impl $crate::codec::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(($($item),*))? => {
                        out.push($tag);
                        $($($crate::codec::wire::Wire::put($field, out);)*)?
                        $($($crate::codec::wire::Wire::put($item, out);)*)?
                    })*
                }
            }

            fn get(from: &mut $crate::codec::wire::Reader<'_>) -> Result<Self, $crate::fault::Fault> {
                match from.byte()? {
                    $($tag => {
                        $($(let $field = $crate::codec::wire::Wire::get(from)?;)*)?
                        $($(let $item = $crate::codec::wire::Wire::get(from)?;)*)?
                        Ok(Self::$variant $({ $($field),* })? $(($($item),*))?)
                    })*
                    tag => Err($crate::fault::Fault::UnknownTag { family: $family, tag }),
                }
            }

            fn relocate(&mut self, _by: &$crate::assembly::Shift) -> Result<(), $crate::refusal::Refusal> {
                match self {
                    $(Self::$variant $({ $($field),* })? $(($($item),*))? => {
                        $($($crate::codec::wire::Wire::relocate($field, _by)?;)*)?
                        $($($crate::codec::wire::Wire::relocate($item, _by)?;)*)?
                    })*
                }
                Ok(())
            }
        }
    };
    ($type:ty, $family:literal { $($tag:literal = $variant:ident $({ $($field:ident),* })? $(($($item:ident),*))?),* $(,)? }) => {
        $crate::codec::wire::choice!(hidden $type, $family {
            $($tag = $variant $({ $($field),* })? $(($($item),*))?),*
        });

        impl $type {
            /// The name of the variant.
            #[must_use]
            pub const fn variant(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($variant)),* }
            }
        }
    };
}

pub(crate) use {choice, shape, unmoved};

impl<T: Wire> Wire for Ref<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Id(id) => {
                out.push(1);
                id.put(out);
            }
            Self::Here(position) => {
                out.push(2);
                position.put(out);
            }
        }
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        match from.byte()? {
            1 => T::get(from).map(Self::Id),
            2 => u32::get(from).map(Self::Here),
            tag => Err(Fault::UnknownTag { family: "reference", tag }),
        }
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        match self {
            Self::Id(_) => Ok(()),
            Self::Here(position) => by.name(position),
        }
    }
}

shape!(Selector { key, test });
choice!(Test, "test" { 1 = In(values), 2 = NotIn(values), 3 = Exists, 4 = Absent });
