//! The commented default file: every key with what it means, its range, its default and its variable.

use super::keys::{Config, KEYS, SECTIONS};
use super::table::{Key, Reloading};

const HEADER: &str = "\
# The configuration of `reeve server`. Every key is here, with its default behind a `#`; remove that `#` to change one.
# The environment overrides this file, and --set section.key=value overrides the environment. What says \"live\" is taken
# over on SIGHUP; all else needs a restart. To look for mistakes: reeve server config --check FILE
";

/// The text of a file that says everything and changes nothing.
#[must_use]
pub fn default_file() -> String {
    let mut text = HEADER.to_owned();
    let config = Config::default();
    for section in SECTIONS {
        text += "\n";
        comment(&mut text, section.doc);
        text += &format!("[{}]\n", section.name);
        for key in KEYS.iter().filter(|key| key.section() == section.name) {
            text += "\n";
            comment(&mut text, key.doc);
            text += &format!("# {}\n#{} = {}\n", facts(key), key.short(), key.show(&config));
        }
    }
    text
}

/// Doc lines begin with their own space.
fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        *text += &format!("#{line}\n");
    }
}

fn facts(key: &Key) -> String {
    let range = key.range.map(|(low, high)| format!("{low} to {high}; ")).unwrap_or_default();
    let when = match key.reloading {
        Reloading::Live => "live",
        Reloading::Restart => "restart",
    };
    format!("({range}{when}; {})", key.variable())
}
