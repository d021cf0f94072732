//! The overlay: sealed sheets read as one, the newest first.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use reeve_core::change::Key;

use super::sheet::{Found, Sheet};
use crate::engine::Way;

/// Whether a sheet has taken away everything of this kind.
pub(super) fn is_gone(sheets: &[Arc<Sheet>], key: Key) -> bool {
    if let Key::Reply(client, _) = key {
        return sheets.iter().any(|sheet| sheet.closed.contains(&client));
    }
    key.history_of().is_some_and(|task| sheets.iter().any(|sheet| sheet.gone.contains(&task)))
}

/// What the newest sheet that has the key says of it.
pub(super) fn find(sheets: &[Arc<Sheet>], key: Key) -> Option<Found<'_>> {
    if is_gone(sheets, key) {
        return Some(Found::Deleted);
    }
    sheets.iter().find_map(|sheet| sheet.find(key))
}

/// A walk over all keys of the sheets in a range, in order, each once.
pub(super) struct Walk<'a> {
    sheets: &'a [Arc<Sheet>],
    /// Of each sheet: what of its sorted row is still ahead, the head taken out.
    ahead: Vec<Range<usize>>,
    /// The next key of each sheet that has one, with the sheet and the place in its row.
    heads: BTreeSet<(Key, usize, usize)>,
    way: Way,
}

impl<'a> Walk<'a> {
    pub(super) fn new(sheets: &'a [Arc<Sheet>], from: Key, to: Option<Key>, way: Way) -> Self {
        let ahead = sheets.iter().map(|sheet| {
            let row = sheet.sorted();
            let start = row.partition_point(|(key, _)| *key < from);
            let end = to.map_or(row.len(), |to| row.partition_point(|(key, _)| *key < to));
            start..end.max(start)
        });
        let mut walk = Self { sheets, ahead: ahead.collect(), heads: BTreeSet::new(), way };
        (0..sheets.len()).for_each(|sheet| walk.advance(sheet));
        walk
    }

    /// Takes the next head out of a sheet.
    fn advance(&mut self, sheet: usize) {
        let next = match self.way {
            Way::Up => self.ahead[sheet].next(),
            Way::Down => self.ahead[sheet].next_back(),
        };
        if let Some(at) = next {
            self.heads.insert((self.sheets[sheet].sorted()[at].0, sheet, at));
        }
    }

    fn head(&self) -> Option<(Key, usize, usize)> {
        match self.way {
            Way::Up => self.heads.first().copied(),
            Way::Down => self.heads.last().copied(),
        }
    }

    /// The next key.
    pub(super) fn peek(&self) -> Option<Key> {
        self.head().map(|(key, ..)| key)
    }

    /// What the newest sheet says of the next key, which is this one; and goes on.
    pub(super) fn pop(&mut self, key: Key) -> Found<'a> {
        let mut newest: Option<(usize, usize)> = None;
        while let Some(head @ (_, sheet, at)) = self.head().filter(|head| head.0 == key) {
            self.heads.remove(&head);
            self.advance(sheet);
            newest = Some(newest.map_or((sheet, at), |newest| newest.min((sheet, at))));
        }
        match newest {
            Some((sheet, at)) if !is_gone(self.sheets, key) => self.sheets[sheet].nth(at),
            Some(_) | None => Found::Deleted,
        }
    }
}
