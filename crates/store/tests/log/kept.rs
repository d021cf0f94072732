//! The log against a model: a row of entries in a vector.

use std::collections::VecDeque;
use std::thread;

use bytes::Bytes;
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;
use reeve_store::limits;
use reeve_store::log::{Chain, EntryKind, LogEntry, LogId, Vote, Write};

use super::ground::{Chance, Replica, entries, entry, id, on_every_engine, open, replace, value, vote};

on_every_engine!(
    it_is_what_the_model_says,
    a_read_takes_at_least_one_and_no_more_than_allowed,
    the_tail_lets_go_of_what_is_durable_and_of_nothing_else,
    what_would_make_a_hole_is_refused,
    readers_see_a_whole_log_while_it_is_written,
    the_scrub_goes_on_where_it_stopped,
);

/// What a log should be.
#[derive(Clone, Default)]
struct Model {
    purged: Option<(LogId, Chain)>,
    entries: Vec<(LogEntry, Chain)>,
    vote: Option<Vote>,
}

impl Model {
    fn last(&self) -> Option<(LogId, Chain)> {
        self.entries.last().map(|(entry, chain)| (entry.id, *chain)).or(self.purged)
    }

    fn first(&self) -> u64 {
        self.purged.map_or(0, |(id, _)| id.index + 1)
    }

    fn end(&self) -> u64 {
        self.last().map_or(0, |(id, _)| id.index + 1)
    }

    fn at(&self, index: u64) -> Option<(LogId, Chain)> {
        let mut all =
            self.purged.into_iter().chain(self.entries.iter().map(|(entry, chain)| (entry.id, *chain)));
        all.find(|(id, _)| id.index == index)
    }

    fn check<E: Engine>(&self, replica: &Replica<E>, chance: &mut Chance) {
        let log = &replica.log;
        assert_eq!(log.state(), (self.purged.map(|(id, _)| id), self.last().map(|(id, _)| id)));
        let whole: Vec<LogEntry> = self.entries.iter().map(|(entry, _)| entry.clone()).collect();
        assert_eq!(replica.all(), whole);
        let from = chance.below(self.end() + 2);
        let to = from + chance.below(8);
        let wanted = whole.iter().filter(|entry| (from..to).contains(&entry.id.index));
        assert_eq!(log.read(from, to, u64::MAX).unwrap(), wanted.cloned().collect::<Vec<_>>());
        let index = chance.below(self.end() + 2);
        assert_eq!(log.id_at(index).unwrap(), self.at(index).map(|(id, _)| id));
        assert_eq!(log.chain_at(index).unwrap(), self.at(index).map(|(_, chain)| chain));
    }
}

/// A log, what it should be, and what it should be after a crash.
struct Run<E: Engine> {
    replica: Replica<E>,
    model: Model,
    durable: Model,
    waiting: VecDeque<(Write, Model)>,
    chance: Chance,
    term: u64,
    now_ms: u64,
}

impl<E: Engine> Run<E> {
    fn wait(&mut self, write: Write) {
        self.waiting.push_back((write, self.model.clone()));
    }

    fn append(&mut self) {
        self.term += self.chance.below(2);
        let mut appended = Vec::new();
        for _ in 0..self.chance.below(5) {
            let length = self.chance.below(100) as usize;
            let kind = [EntryKind::Blank, EntryKind::Normal, EntryKind::Membership];
            let kind = kind[self.chance.below(3) as usize];
            let payload = Bytes::from(vec![self.chance.below(256) as u8; length]);
            let entry = LogEntry { id: id(self.term, self.model.end()), kind, payload };
            let chain = self.model.last().map_or(Chain::default(), |(_, chain)| chain).link(&entry);
            self.model.entries.push((entry.clone(), chain));
            appended.push(entry);
        }
        let write = self.replica.log.append(appended).unwrap();
        self.wait(write);
    }

    fn truncate(&mut self) {
        let keep = self.chance.below(self.model.entries.len() as u64 + 1) as usize;
        self.model.entries.truncate(keep);
        let last = self.model.last().map(|(id, _)| id);
        let write = self.replica.log.truncate_after(last).unwrap();
        self.wait(write);
    }

    fn purge(&mut self) {
        let Some((last, _)) = self.model.last() else { return };
        let index = self.chance.below(last.index + 1);
        let upto = self.model.at(index);
        self.model.entries.retain(|(entry, _)| entry.id.index > index);
        self.model.purged = upto.or(self.model.purged);
        let upto = upto.map_or(id(self.term, index), |(id, _)| id);
        let write = self.replica.log.purge(upto).unwrap();
        self.wait(write);
    }

    fn reset(&mut self) {
        let index = (self.model.end() + self.chance.below(6)).saturating_sub(3).max(self.model.first());
        let chain = Chain([self.chance.below(256) as u8; 16]);
        self.term += 1;
        self.model.purged = Some((id(self.term, index), chain));
        self.model.entries.clear();
        let write = self.replica.log.reset_to(id(self.term, index), chain);
        self.wait(write);
    }

    fn vote(&mut self) {
        self.model.vote = Some(vote(self.term));
        let write = self.replica.log.vote(vote(self.term));
        self.wait(write);
    }

    fn carry(&mut self) {
        let count = self.chance.below(self.waiting.len() as u64 + 1) as usize;
        let mut writes = Vec::new();
        for (write, model) in self.waiting.drain(..count) {
            writes.push(write);
            self.durable = model;
        }
        self.now_ms += self.chance.below(40);
        self.replica.writer.carry_out(writes, self.now_ms).unwrap();
        assert_eq!(self.replica.log.vote_saved(), self.durable.vote);
        self.replica.log.scrub(0, u64::MAX).unwrap();
    }

    fn crash(mut self) -> Self {
        self.waiting.clear();
        self.model = self.durable.clone();
        self.replica = self.replica.reopen();
        let mark = self.replica.writer.hard().mark;
        // An install puts the state in place before it resets the log.
        let applied = self.model.purged.map(|(id, _)| id);
        assert_eq!(
            reeve_store::log::Verdict::of(self.replica.log.state().1, mark, applied),
            reeve_store::log::Verdict::Whole
        );
        assert_eq!(self.replica.log.vote_saved(), self.model.vote);
        self
    }

    fn step(mut self) -> Self {
        match self.chance.below(16) {
            0..6 => self.append(),
            6 => self.truncate(),
            7 => self.purge(),
            8 if self.chance.below(4) == 0 => self.reset(),
            8 | 9 => self.vote(),
            10..14 => self.carry(),
            14 => drop(self.replica.writer.rest(self.now_ms).unwrap()),
            _ if self.chance.below(3) == 0 => self = self.crash(),
            _ => {}
        }
        self.model.check(&self.replica, &mut self.chance);
        self
    }
}

fn it_is_what_the_model_says<E: Engine>(disk: &E::Disk) {
    let mut run = Run {
        replica: open::<E>(disk),
        model: Model::default(),
        durable: Model::default(),
        waiting: VecDeque::new(),
        chance: Chance(7),
        term: 1,
        now_ms: 0,
    };
    for _ in 0..6_000 {
        run = run.step();
    }
}

fn a_read_takes_at_least_one_and_no_more_than_allowed<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let weight = limits::ENTRY_OVERHEAD_BYTES + 1_000;
    let sized = |range: std::ops::Range<u64>| range.map(|index| entry(1, index, vec![1; 1_000])).collect();
    replica.append(sized(0..10));
    let mut replica = replica.reopen();
    replica.append(sized(10..20));
    for from in 0..20 {
        for room in 0..6 {
            let read = replica.log.read(from, 20, room * weight + weight / 2).unwrap();
            let expected = room.clamp(1, 20 - from);
            assert_eq!(read.len() as u64, expected, "from {from}, room for {room}");
            assert_eq!(read[0].id, id(1, from));
        }
    }
    assert_eq!(replica.log.read(3, 3, 0).unwrap(), Vec::new());
    assert_eq!(replica.log.read(20, 30, u64::MAX).unwrap(), Vec::new());
}

fn the_tail_lets_go_of_what_is_durable_and_of_nothing_else<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let payload = Bytes::from(vec![7; limits::LOG_TAIL_BYTES as usize / 8]);
    let big = |range: std::ops::Range<u64>| -> Vec<LogEntry> {
        range.map(|index| entry(1, index, payload.clone())).collect()
    };
    let first = replica.log.append(big(0..6)).unwrap();
    let second = replica.log.append(big(6..12)).unwrap();
    // Nothing is on the disk: all of it must come from memory.
    assert_eq!(replica.all(), big(0..12));
    replica.carry(vec![first]);
    assert_eq!(replica.all(), big(0..12));
    replica.carry(vec![second]);
    assert_eq!(replica.all(), big(0..12));
    // With the entries gone from the disk, only those in memory can still be read.
    let held = (0..12).filter(|index| {
        let stored = value(&replica.engine, *index);
        replace(&replica.engine, *index, None);
        let read = replica.log.read(*index, *index + 1, u64::MAX);
        replace(&replica.engine, *index, stored);
        read.is_ok()
    });
    assert_eq!(held.collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10, 11]);
}

fn what_would_make_a_hole_is_refused<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let refused = |result: Result<Write, reeve_store::Fault>| {
        assert_eq!(result.expect_err("must be refused").kind, FaultKind::Misused);
    };
    refused(replica.log.append(entries(1, 1..2)));
    replica.append(entries(2, 0..10));
    refused(replica.log.append(entries(2, 9..10)));
    refused(replica.log.append(entries(2, 11..12)));
    refused(replica.log.append(vec![entry(2, 10, "a"), entry(2, 12, "b")]));
    refused(replica.log.append(entries(1, 10..11)));
    refused(replica.log.truncate_after(Some(id(1, 5))));
    refused(replica.log.truncate_after(Some(id(2, 10))));
    refused(replica.log.purge(id(2, 10)));
    refused(replica.log.purge(id(1, 5)));
    let purge = replica.log.purge(id(2, 5)).unwrap();
    refused(replica.log.truncate_after(Some(id(2, 4))));
    refused(replica.log.truncate_after(None));
    // What was refused left no trace, and no gap in the order of writes.
    let append = replica.log.append(entries(2, 10..11)).unwrap();
    replica.carry(vec![purge, append]);
    assert_eq!(replica.all(), entries(2, 6..11));
}

fn readers_see_a_whole_log_while_it_is_written<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let payload = Bytes::from(vec![3; 256 << 10]);
    let log = replica.log.clone();
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut next = 0;
            for term in 1..150 {
                let appended = (next..next + 3).map(|index| entry(term, index, payload.clone())).collect();
                next += 3;
                let mut writes = vec![replica.log.append(appended).unwrap()];
                if term % 5 == 0 {
                    next -= 2;
                    let last = replica.log.id_at(next - 1).unwrap();
                    writes.push(replica.log.truncate_after(last).unwrap());
                }
                if term % 7 == 0 {
                    let upto = replica.log.id_at(next.saturating_sub(200)).unwrap();
                    writes.extend(upto.map(|upto| replica.log.purge(upto).unwrap()));
                }
                replica.writer.carry_out(writes, term).unwrap();
            }
        });
        let mut reads = 0;
        while !writing.is_finished() {
            let Some(last) = log.state().1 else { continue };
            let from = last.index.saturating_sub(190);
            let read = log.read(from, last.index.saturating_sub(120), u64::MAX).unwrap();
            assert!(read.windows(2).all(|pair| pair[0].id.index + 1 == pair[1].id.index));
            assert!(read.is_empty() || read[0].id.index >= from);
            log.chain_at(from).unwrap();
            reads += 1;
        }
        assert!(reads > 0);
    });
}

fn the_scrub_goes_on_where_it_stopped<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    replica.append(entries(1, 0..50));
    let purge = replica.log.purge(id(1, 9)).unwrap();
    replica.carry(vec![purge]);
    let volatile = replica.log.append(entries(1, 50..60)).unwrap();
    let (mut from, mut steps) = (0, 0);
    while let Some(next) = replica.log.scrub(from, 5 * limits::ENTRY_OVERHEAD_BYTES).unwrap() {
        assert!(next > from && next < 50, "from {from} to {next}");
        from = next;
        steps += 1;
    }
    assert_eq!(steps, 7, "forty durable entries, five at a time");
    replica.carry(vec![volatile]);
    assert_eq!(replica.log.scrub(from, u64::MAX).unwrap(), None);
}
