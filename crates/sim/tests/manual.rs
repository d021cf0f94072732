//! The manual of the story language: it names every statement, and its example plays.

use reeve_sim::story::verb::Verb;
use reeve_sim::story::{Player, retell};

const MANUAL: &str = include_str!("../../../docs/stories.md");

#[test]
fn every_statement_is_in_the_manual() {
    let missing: Vec<_> =
        Verb::KEYWORDS.iter().filter(|keyword| !MANUAL.contains(&format!("`{keyword}`"))).collect();
    assert!(missing.is_empty(), "docs/stories.md does not tell of {missing:?}");
}

#[test]
fn every_line_of_its_tables_reads() {
    let known = |word: &&str| {
        let first = word.split(' ').next().unwrap_or_default();
        let of_the_world =
            ["sleep", "tick", "clock", "leader", "sweep", "restart", "assign", "again", "replay"];
        word.contains(' ') && (Verb::KEYWORDS.contains(&first) || of_the_world.contains(&first))
    };
    // Whatever stands in backquotes and begins with a statement is an example that must read.
    let examples: Vec<&str> = MANUAL.split('`').skip(1).step_by(2).filter(known).collect();
    assert!(examples.len() > 20, "the examples are found: {examples:?}");
    for example in examples {
        let read = reeve_sim::story::lines_of(example, 1);
        assert!(read.is_ok(), "`{example}` does not read: {read:?}");
    }
}

#[test]
fn its_first_story_ends_well() {
    let story = MANUAL.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let told = retell(story, &mut Player::new(), &mut |_, _, _| {}).unwrap();
    assert!(told.contains("ended succeeded"), "{told}");
}
