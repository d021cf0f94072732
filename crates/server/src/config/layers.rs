//! The layers: where values come from, which of them counts, and all that is wrong with any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::complaint::{Code, Complaint, Complaints, Place};
use super::keys::{Config, KEYS};
use super::relations;
use super::suggest::suggest;
use super::table::Key;
use super::value::{Misfit, Raw};
use crate::limits::CONFIG_BYTES_MAX;

/// How the names of our environment variables begin.
pub(super) const PREFIX: &str = "REEVE_SERVER_";

/// Where the values of a server come from. Kept for as long as it runs, to look again at each reload.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if one was named.
    pub file: Option<PathBuf>,
    /// The environment; what does not begin with `REEVE_SERVER_` is not looked at.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags that stand for one key each.
    pub flags: Vec<Flag>,
    /// `key=value` for each `--set`, which counts more than those; of two for one key the later counts.
    pub settings: Vec<String>,
}

/// A flag that stands for one key, with its value.
#[derive(Clone, Debug)]
pub struct Flag {
    /// As it is typed, such as `--data-dir`.
    pub flag: &'static str,
    /// The key.
    pub key: &'static str,
    /// The value.
    pub value: String,
}

/// A value that a layer gives to a key.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) key: &'static Key,
    pub(super) raw: Raw,
    pub(super) place: Place,
}

impl Sources {
    /// Reads all layers and says everything that is wrong with them.
    pub fn load(&self) -> Result<Config, Complaints> {
        let mut complaints = Vec::new();
        let mut given = Vec::new();
        for layer in [self.of_file(), self.of_environment(), self.of_flags(), self.of_settings()] {
            given.extend(layer.0);
            complaints.extend(layer.1);
        }
        let mut config = Config::default();
        let mut places: BTreeMap<&str, Place> = BTreeMap::new();
        let mut doubtful: BTreeSet<&str> = BTreeSet::new();
        for Given { key, raw, place } in given {
            match (key.set)(&mut config, &raw) {
                Ok(()) => drop(places.insert(key.name, place)),
                Err(misfit) => {
                    doubtful.insert(key.name);
                    complaints.push(misfitting(key, &raw, misfit, place));
                }
            }
        }
        if !complaints.iter().any(|complaint| matches!(complaint.code, Code::File | Code::Syntax)) {
            complaints.extend(relations::broken(&config, &places, &doubtful));
        }
        if complaints.is_empty() { Ok(config) } else { Err(Complaints::sorted(complaints)) }
    }

    fn of_file(&self) -> (Vec<Given>, Vec<Complaint>) {
        let Some(path) = &self.file else { return (Vec::new(), Vec::new()) };
        match text(path) {
            Ok(text) => super::file::read(path, &text),
            Err(what) => {
                let remedy = "Name a file that this user can read, or none for the defaults; \
                              `reeve server config --print-default` prints one.";
                let place = Place::File(path.clone());
                (
                    Vec::new(),
                    vec![Complaint { code: Code::File, place, key: None, what, remedy: remedy.into() }],
                )
            }
        }
    }

    fn of_environment(&self) -> (Vec<Given>, Vec<Complaint>) {
        let ours = self.environment.iter().filter_map(|(variable, value)| {
            let variable = variable.to_string_lossy().into_owned();
            (variable.starts_with(PREFIX) && !is_of_kubernetes(&variable)).then_some((variable, value))
        });
        // The system gives them in no order that means anything.
        let ours: BTreeMap<String, &OsString> = ours.collect();
        let (mut given, mut complaints) = (Vec::new(), Vec::new());
        for (variable, value) in ours {
            let place = Place::Environment(variable.clone());
            match KEYS.iter().find(|key| key.variable() == variable) {
                Some(key) => {
                    given.push(Given { key, raw: Raw::Word(value.to_string_lossy().into_owned()), place });
                }
                None => {
                    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
                    complaints.push(unknown(&variable, place, &mut known.iter().map(String::as_str)));
                }
            }
        }
        (given, complaints)
    }

    fn of_flags(&self) -> (Vec<Given>, Vec<Complaint>) {
        let (mut given, mut complaints) = (Vec::new(), Vec::new());
        for Flag { flag, key: name, value } in &self.flags {
            let place = Place::Flag(flag);
            match KEYS.iter().find(|key| key.name == *name) {
                Some(key) => given.push(Given { key, raw: Raw::Word(value.trim().into()), place }),
                None => complaints.push(unknown(name, place, &mut KEYS.iter().map(|key| key.name))),
            }
        }
        (given, complaints)
    }

    fn of_settings(&self) -> (Vec<Given>, Vec<Complaint>) {
        let (mut given, mut complaints) = (Vec::new(), Vec::new());
        for setting in &self.settings {
            let place = Place::Flag("--set");
            let Some((name, value)) = setting.split_once('=') else {
                let what = format!("`{setting}` has no `=`");
                let remedy = "Write --set section.key=value.".into();
                complaints.push(Complaint { code: Code::Setting, place, key: None, what, remedy });
                continue;
            };
            match KEYS.iter().find(|key| key.name == name.trim()) {
                Some(key) => given.push(Given { key, raw: Raw::Word(value.trim().into()), place }),
                None => complaints.push(unknown(name.trim(), place, &mut KEYS.iter().map(|key| key.name))),
            }
        }
        (given, complaints)
    }
}

/// The whole file, or why not.
fn text(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(told)?;
    file.take(CONFIG_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > CONFIG_BYTES_MAX {
        return Err(format!("is larger than {CONFIG_BYTES_MAX} bytes, so it is some other file"));
    }
    String::from_utf8(bytes).map_err(|error| format!("is not text: {error}"))
}

/// Whether Kubernetes made this variable because of a service that is called `reeve-server`.
fn is_of_kubernetes(variable: &str) -> bool {
    let rest = variable.strip_prefix(PREFIX).unwrap_or_default();
    let port = |text: &str| text == "PORT" || text.starts_with("PORT_");
    port(rest) || rest == "SERVICE_HOST" || rest.strip_prefix("SERVICE_").is_some_and(port)
}

/// The complaint about a name that nobody knows.
pub(super) fn unknown(name: &str, place: Place, known: &mut dyn Iterator<Item = &str>) -> Complaint {
    let remedy = match suggest(name, known) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => "Remove it; `reeve server config --print-default` shows all there are.".into(),
    };
    let what = "there is no such name".into();
    Complaint { code: Code::Unknown, place, key: Some(name.into()), what, remedy }
}

/// The complaint about a value that does not fit its key.
fn misfitting(key: &Key, raw: &Raw, misfit: Misfit, place: Place) -> Complaint {
    let (told, noun, form) = (raw.told(), (key.noun)(), (key.form)());
    let (code, what, remedy) = match (misfit, key.range) {
        (Misfit::Range, Some((low, high))) => {
            (Code::Range, format!("{told} is out of range"), format!("Choose from {low} to {high}."))
        }
        (Misfit::Type, _) => (Code::Type, format!("{told} is not {noun}"), format!("Write {form}.")),
        (Misfit::Text | Misfit::Range, _) => {
            (Code::Value, format!("{told} is not {noun}"), format!("Write {form}."))
        }
    };
    Complaint { code, place, key: Some(key.name.into()), what, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_kubernetes_are_known_and_no_key_looks_like_one() {
        for rest in ["PORT", "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_GRPC", "PORT_7461_TCP_ADDR"] {
            assert!(is_of_kubernetes(&format!("{PREFIX}{rest}")), "{rest}");
        }
        assert!(!is_of_kubernetes("REEVE_SERVER_SERVICE") && !is_of_kubernetes("REEVE_SERVER_PORTS"));
        for key in KEYS {
            assert!(!is_of_kubernetes(&key.variable()), "{}", key.name);
        }
    }
}
