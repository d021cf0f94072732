//! What a key is, and the macro that makes of one table the typed [`Config`] and the list of all keys.

use super::keys::Config;
use super::value::{Misfit, Raw, Value};

/// A group of keys: a table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its name, as the file's `[name]`.
    pub name: &'static str,
    /// What its keys are about, line by line.
    pub doc: &'static [&'static str],
}

/// One thing that can be configured.
#[derive(Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// What it means, line by line.
    pub doc: &'static [&'static str],
    /// Its default, written as in the environment.
    pub default: &'static str,
    /// The lowest and the highest value that are allowed, both included, where there are such.
    pub range: Option<(&'static str, &'static str)>,
    /// Whether a running server takes a new value.
    pub reloading: Reloading,
    /// What its values are.
    pub(super) noun: fn() -> String,
    /// How its values are written.
    pub(super) form: fn() -> String,
    pub(super) set: fn(&mut Config, &Raw) -> Result<(), Misfit>,
    pub(super) show: fn(&Config) -> String,
    pub(super) copy: fn(&Config, &mut Config),
}

/// When a new value of a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloading {
    /// At once, on SIGHUP.
    Live,
    /// When the server starts again.
    Restart,
}

impl Key {
    /// The name of its section.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(section, _)| section)
    }

    /// Its name within its section.
    #[must_use]
    pub fn short(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, short)| short)
    }

    /// The variable that overrides it: `REEVE_SERVER_SECTION_KEY`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{}{}", super::layers::PREFIX, self.name.to_uppercase().replace('.', "_"))
    }

    /// Its value in `config`, as the file would say it.
    #[must_use]
    pub fn show(&self, config: &Config) -> String {
        (self.show)(config)
    }
}

/// The default of a key of the table.
pub(super) fn default<T: Value>(text: &str) -> T {
    T::parse(text).expect("a test parses each default of the table")
}

/// The value of `raw`, if it is one and within the range.
pub(super) fn read<T: Value>(raw: &Raw, range: Option<(&str, &str)>) -> Result<T, Misfit> {
    let value = T::read(raw)?;
    let fits = range.is_none_or(|(low, high)| (default::<T>(low)..=default::<T>(high)).contains(&value));
    if fits { Ok(value) } else { Err(Misfit::Range) }
}

/// One entry of the table is
///
/// ```text
/// /// What the operator should know of it.
/// key: Type = "default" in "lowest" to "highest", live;      (or: restart; the range may be absent)
/// ```
macro_rules! keys {
    (@range) => { None };
    (@range $low:literal $high:literal) => { Some(($low, $high)) };
    (@when live) => { $crate::config::table::Reloading::Live };
    (@when restart) => { $crate::config::table::Reloading::Restart };
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $type:ty = $default:literal $(in $low:literal to $high:literal)?, $when:ident;
            )+
        }
    )+) => {
        /// Everything that can be configured, with a value for each key.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $( $(#[doc = $about])+ pub $section: $Section, )+
        }

        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section {
                $( $(#[doc = $doc])+ pub $key: $type, )+
            }
        )+

        impl Default for Config {
            fn default() -> Self {
                Self {
                    $( $section: $Section { $( $key: $crate::config::table::default($default), )+ }, )+
                }
            }
        }

        /// The sections, in the order of the printed file.
        pub static SECTIONS: &[$crate::config::table::Section] = &[
            $( $crate::config::table::Section { name: stringify!($section), doc: &[$($about),+] }, )+
        ];

        /// The keys, in the order of the printed file.
        pub static KEYS: &[$crate::config::table::Key] = &[$($(
            $crate::config::table::Key {
                name: concat!(stringify!($section), ".", stringify!($key)),
                doc: &[$($doc),+],
                default: $default,
                range: keys!(@range $($low $high)?),
                reloading: keys!(@when $when),
                noun: <$type as $crate::config::value::Value>::noun,
                form: <$type as $crate::config::value::Value>::form,
                set: |config, raw| {
                    config.$section.$key = $crate::config::table::read(raw, keys!(@range $($low $high)?))?;
                    Ok(())
                },
                show: |config| $crate::config::value::Value::show(&config.$section.$key),
                copy: |from, to| to.$section.$key.clone_from(&from.$section.$key),
            },
        )+)+];
    };
}

pub(super) use keys;
