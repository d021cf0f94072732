//! Just enough Rust to tell code, comments and literals apart. No parser: a rule of style that needs one is no
//! longer a rule of style.

/// What a stretch of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Comment,
    /// A string or a character, with its quotes.
    Literal,
}

/// `text` with blanks in the place of all stretches of the kinds `gone`; line breaks stay.
pub(super) fn without(text: &str, gone: &[Kind]) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut rest, mut in_word) = (text, false);
    while !rest.is_empty() {
        let (length, kind) = stretch(rest, in_word);
        let (piece, tail) = rest.split_at(length);
        if gone.contains(&kind) {
            kept.extend(piece.chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            kept.push_str(piece);
        }
        in_word = piece.ends_with(is_word);
        rest = tail;
    }
    kept
}

/// Whether `word` stands in `code` as a word of its own: `rand` is in `rand::rng()` but not in `operand`.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let begins = !word.starts_with(is_word) || !code[..at].ends_with(is_word);
        let ends = !word.ends_with(is_word) || !code[at + word.len()..].starts_with(is_word);
        begins && ends
    })
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first stretch of `rest`: its length in bytes and its kind. `in_word` says that it goes on a name.
fn stretch(rest: &str, in_word: bool) -> (usize, Kind) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Kind::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Kind::Comment);
    }
    if let Some(length) = (!in_word).then(|| raw_string(rest)).flatten() {
        return (length, Kind::Literal);
    }
    if rest.starts_with('"') {
        return (quoted(rest, '"'), Kind::Literal);
    }
    if rest.starts_with('\'') && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'')) {
        return (quoted(rest, '\''), Kind::Literal); // else it is a lifetime
    }
    (rest.chars().next().map_or(0, char::len_utf8), Kind::Code)
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if tail.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let bare = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let inner = bare.trim_start_matches('#');
    let fence = format!("\"{}", &bare[..bare.len() - inner.len()]);
    let body = inner.strip_prefix('"')?;
    let end = body.find(&fence).map_or(body.len(), |at| at + fence.len());
    Some(rest.len() - body.len() + end)
}

#[test]
fn comments_and_literals_are_told_from_code() {
    let blank =
        |text: &str| without(text, &[Kind::Comment, Kind::Literal]).split_whitespace().collect::<String>();
    assert_eq!(blank("a // b\nc /* d /* e */ f */ g"), "acg");
    assert_eq!(blank(r#"a("b // \" c", '"', '\'', d)"#), "a(,,,d)");
    assert_eq!(blank("a(r#\"b \" c\"#, br\"\\\", d::<'e>(f))"), "a(,,d::<'e>(f))");
    assert_eq!(blank("for\"x\""), "for");
    assert_eq!(without("\"a\" // b", &[Kind::Literal]), "    // b");
    assert!(has_word("use rand;", "rand") && !has_word("operand.randy", "rand"));
}
