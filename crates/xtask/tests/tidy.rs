//! The tidy tests: the style guide that `cargo test` runs. Each rule says what it saw, why the rule stands and what
//! the way out is; each is shown a small bad example first, so that no rule is a test that cannot fail.
//!
//! A rule about one file is a [`Rule`](tidy::rule::Rule) in one of the lists below; a rule about the whole (crates,
//! features, documents, ordinals) is a test in its own module.

mod tidy {
    mod dependencies;
    mod documents;
    mod edges;
    mod features;
    mod ordinals;
    mod planted;
    mod purity;
    mod repository;
    mod rule;
    mod source;
    mod style;

    use repository::File;
    use rule::Rule;

    fn every_rule() -> impl Iterator<Item = &'static Rule> {
        purity::RULES.iter().chain(style::RULES)
    }

    #[test]
    fn every_rule_catches_its_bad_example_and_spares_its_good_one() {
        for rule in every_rule() {
            for (path, text) in rule.bad {
                let caught = rule.judge(&[File::new(path, text)]);
                assert!(!caught.is_empty(), "`{}` does not see anything wrong in {path}: {text}", rule.name);
            }
            for (path, text) in rule.good {
                let caught = rule.judge(&[File::new(path, text)]);
                assert!(caught.is_empty(), "`{}` wrongly complains of {caught:?}", rule.name);
            }
        }
    }

    #[test]
    fn the_repository_keeps_every_rule() {
        let files = repository::files();
        let ours = |file: &File| file.path == "crates/xtask/tests/tidy.rs";
        assert!(files.iter().any(ours), "the walk over the repository does not even find this file");
        let broken: String = every_rule().map(|rule| rule.report(&rule.judge(&files))).collect();
        assert!(broken.is_empty(), "{broken}");
    }
}
