//! The page of figures says what was recorded, and nothing else.

use std::fs;
use std::path::Path;

use reeve_bench::page;

#[test]
fn the_page_is_what_was_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let page = fs::read_to_string(root.join("docs/performance.md")).unwrap();
    let written = page::written(&page, &root.join("bench")).unwrap().text;
    let differs = page.lines().zip(written.lines()).find(|(page, written)| page != written);
    assert!(page == written, "`reeve bench report` writes it anew; first difference: {differs:?}");
    assert!(!page.contains("Not measured yet"), "there is a figure for every word");
    for word in [
        "law",
        "proposals-in-process",
        "proposals-grpc",
        "cycles",
        "failover",
        "restart",
        "checkpoint",
        "idle",
    ] {
        assert!(page.contains(&format!("<!-- bench {word} -->")), "the page has no place for `{word}`");
    }
}
