//! Choices: one of a few words.

use super::{Value, quoted};

macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident: $noun:literal {
        $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl Value for $name {
            fn noun() -> String {
                $noun.into()
            }

            fn form() -> String {
                [$( concat!("\"", $word, "\"") ),+].join(" or ")
            }

            fn parse(text: &str) -> Option<Self> {
                match text {
                    $( $word => Some(Self::$variant), )+
                    _ => None,
                }
            }

            fn show(&self) -> String {
                quoted(match self {
                    $( Self::$variant => $word, )+
                })
            }
        }
    };
}

choice! {
    /// What keeps the data of a node.
    Engine: "an engine" {
        /// On disk.
        Rocksdb = "rocksdb",
        /// In memory, for trials.
        Memory = "memory",
    }
}

choice! {
    /// How a log line looks.
    LogFormat: "a log format" {
        /// For people.
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}
