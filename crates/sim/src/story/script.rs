//! Scripts: stories as they stand in files, with what happened after each line.
//!
//! Lines of the language stand at the margin; what happened is indented by two spaces below. `#` begins a comment.
//! `each n=2..9 submit t{n} parent=t{n-1}` stands for one line for each number, told together.

use crate::story::line::{Line, Misread};
use crate::story::player::{Heard, Player};
use crate::story::printer::{Tale, look};

/// The lines that one line of a script stands for.
///
/// # Errors
/// What was expected in its place.
pub fn lines_of(text: &str, number: usize) -> Result<Vec<Line>, Misread> {
    let wrong = |what: &str| Misread { number, what: what.to_owned() };
    let parse = |text: &str| text.parse::<Line>().map_err(|misread| Misread { number, ..misread });
    let Some(rest) = text.strip_prefix("each ") else { return Ok(vec![parse(text)?]) };
    let (head, pattern) = rest.split_once(' ').ok_or_else(|| wrong("expected a line after `each`"))?;
    let range = head.strip_prefix("n=").and_then(|range| range.split_once(".."));
    let ends = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    let (first, last): (u32, u32) = ends.ok_or_else(|| wrong("expected `each n=FIRST..LAST`"))?;
    let fill = |n: u32| {
        let filled = pattern.replace("{n}", &n.to_string()).replace("{n+1}", &(n + 1).to_string());
        filled.replace("{n-1}", &n.saturating_sub(1).to_string())
    };
    (first..=last).map(|n| parse(&fill(n))).collect()
}

/// Plays a script and tells it anew: the same lines, each with what came of it. `watch` sees every step.
///
/// # Errors
/// The first line that does not read, does not fit, or breaks a law.
pub fn retell(
    script: &str,
    player: &mut Player,
    watch: &mut dyn FnMut(&Player, &Line, &Heard),
) -> Result<String, Misread> {
    let mut out = String::new();
    for (number, text) in (1..).zip(script.lines()) {
        if text.starts_with("  ") {
            continue;
        }
        out.push_str(text.trim_end());
        out.push('\n');
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let mut tale = Tale::default();
        for line in lines_of(text, number)? {
            let heard =
                player.play(&line).map_err(|trouble| Misread { number, what: trouble.to_string() })?;
            tale.add(player, &heard);
            watch(player, &line, &heard);
            if let Line::Show(show) = line {
                out.push_str(&look(player, show));
            }
        }
        out.push_str(&tale.text());
    }
    if player.is_open() {
        let what = "the story ends within an entry: expected `end`".to_owned();
        return Err(Misread { number: script.lines().count(), what });
    }
    Ok(out)
}

/// The lines of a script, without what came of them.
///
/// # Errors
/// The first line that does not read.
pub fn lines(script: &str) -> Result<Vec<Line>, Misread> {
    let told = |text: &&str| text.starts_with("  ") || text.trim().is_empty() || text.starts_with('#');
    let numbered = (1..).zip(script.lines()).filter(|(_, text)| !told(text));
    numbered
        .map(|(number, text)| lines_of(text, number))
        .collect::<Result<Vec<_>, _>>()
        .map(|lines| lines.concat())
}
