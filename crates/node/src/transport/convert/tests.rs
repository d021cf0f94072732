//! Messages with something missing. Whole ones are tested over real connections.

use std::fmt::Debug;

use bytes::{Buf, Bytes};
use prost::Message;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use reeve_core::Reply;
use reeve_core::name::Revision;
use reeve_store::log::{EntryKind, LogEntry};

use super::*;
use crate::message::{Answer, Append, Appended, Ballot, Change, Pulse, Question, Received, Report};

/// Every message that can be made of these bytes by leaving out one field, however deep, and the path of that field.
fn maimed(bytes: &[u8], path: &str) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while rest.has_remaining() {
        let start = bytes.len() - rest.len();
        let (tag, kind) = decode_key(&mut rest).unwrap();
        let path = format!("{path}.{tag}");
        let mut inner = &bytes[..0];
        match kind {
            WireType::Varint => {
                decode_varint(&mut rest).unwrap();
            }
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut rest).unwrap()).unwrap();
                (inner, rest) = rest.split_at(length);
            }
            WireType::SixtyFourBit | WireType::ThirtyTwoBit | WireType::StartGroup | WireType::EndGroup => {
                panic!("no field here is {kind:?}")
            }
        }
        let end = bytes.len() - rest.len();
        let around = |with: &[u8]| [&bytes[..start], with, &bytes[end..]].concat();
        out.push((path.clone(), around(&[])));
        // What looks like a message inside is maimed too; if it was none, the outer one is still well formed.
        if looks_like_a_message(inner) {
            for (path, less) in maimed(inner, &path) {
                let mut field = Vec::new();
                encode_key(tag, WireType::LengthDelimited, &mut field);
                encode_varint(less.len() as u64, &mut field);
                field.extend(less);
                out.push((path, around(&field)));
            }
        }
    }
    out
}

fn looks_like_a_message(mut bytes: &[u8]) -> bool {
    while bytes.has_remaining() {
        match decode_key(&mut bytes) {
            Ok((_, WireType::Varint)) if decode_varint(&mut bytes).is_ok() => {}
            Ok((_, WireType::LengthDelimited)) => match decode_varint(&mut bytes) {
                Ok(length) if length <= bytes.len() as u64 => bytes.advance(length as usize),
                Ok(_) | Err(_) => return false,
            },
            Ok(_) | Err(_) => return false,
        }
    }
    true
}

/// Leaves out each field in turn. What is then still read must be one of those that may be absent.
fn each_missing<M: Message + Default + Debug, T>(
    message: &M,
    may_be_absent: &[&str],
    read: impl Fn(M) -> Read<T>,
) {
    let whole = message.encode_to_vec();
    assert!(read(decoded(&whole)).is_ok());
    for (path, bytes) in maimed(&whole, "") {
        let is_read = M::decode(bytes.as_slice()).ok().map(|message| read(message).is_ok());
        let absent = may_be_absent.contains(&path.as_str());
        assert_eq!(is_read, Some(absent), "without {path}: {message:?}");
    }
}

fn decoded<M: Message + Default>(bytes: &[u8]) -> M {
    M::decode(bytes).unwrap()
}

const ID: LogId = LogId { term: 0, index: 0 };
const VOTE: Vote = Vote { term: 0, node: 0, committed: false };

fn letter<T>(body: T) -> Letter<T> {
    Letter { from: Identity::default(), to: 0, body }
}

#[test]
fn a_question_without_one_of_its_fields_is_none() {
    let ballot = Ballot { vote: VOTE, last: Some(ID), transfer: false };
    let member = Member { name: "\u{1}".into(), ..Member::default() };
    let (name, text, wish) = (Some(member.name.clone()), Some(String::new()), Some(Wish::Vote));
    let bytes = Bytes::from_static(&[255]);
    let questions: [(Question, &[&str]); 12] = [
        (Question::Vote(ballot), &[".2.2"]),
        (Question::PreVote(ballot), &[".3.2"]),
        (Question::Lead { vote: VOTE, last: Some(ID) }, &[".4.2"]),
        (Question::Offer { manifest: bytes.clone() }, &[]),
        (Question::Piece { file: 0, offset: 0, bytes: bytes.clone() }, &[]),
        (Question::Install { vote: VOTE }, &[]),
        (Question::Propose { group: bytes, patience_ms: 0 }, &[]),
        (Question::Admit(Member { wish: Wish::Replace(0), ..member }), &[]),
        (Question::NumberOf(String::new()), &[]),
        (Question::Members(Change::Remove { node: 0, anyway: false }), &[]),
        (
            Question::Members(Change::Move { node: 0, name, peer: text.clone(), public: text, wish }),
            &[".10.4.2.1", ".10.4.2.2", ".10.4.2.3", ".10.4.2.5"],
        ),
        (Question::Members(Change::Transfer { to: Some(0) }), &[".10.3.1"]),
    ];
    for (question, may_be_absent) in questions {
        each_missing(&question_out(letter(question)), may_be_absent, question_in);
    }
}

#[test]
fn an_answer_without_one_of_its_fields_is_none() {
    let answers: [(Answer, &[&str]); 12] = [
        (Answer::Vote { vote: VOTE, last: Some(ID), granted: false }, &[".1.2"]),
        (Answer::Lead(Ok(())), &[]),
        (Answer::Lead(Err("no".into())), &[]),
        (Answer::Installed(VOTE), &[]),
        (
            Answer::Proposed(Ok(vec![reeve_core::Answer { revision: Revision(0), reply: Reply::Done }])),
            &[".5.1.1"],
        ),
        (Answer::ReadFrom(Ok(Revision(0))), &[]),
        (Answer::Members(Err(Refused::NotLeader { leader: Some(0) })), &[".7.2.1.1"]),
        (Answer::Refused(Refused::Busy { retry_ms: 0 }), &[]),
        (Answer::Refused(Refused::Amnesia(0)), &[]),
        (Answer::Admitted(Identity::default()), &[]),
        (Answer::StillMember { without: Some(0) }, &[".10.1"]),
        (Answer::Number(0), &[]),
    ];
    for (answer, may_be_absent) in answers {
        each_missing(&answer_out(answer), may_be_absent, answer_in);
    }
}

#[test]
fn a_message_of_the_log_without_one_of_its_fields_is_none() {
    let payload = Bytes::from_static(&[255]);
    let append = Append {
        vote: VOTE,
        previous: Some(ID),
        entries: vec![LogEntry { id: ID, kind: EntryKind::Blank, payload }],
        committed: Some(ID),
        pulse: Pulse { log_ms: 0, quarantined: Vec::new() },
    };
    // An entry that is missing as a whole is a gap in the log, which the replica sees.
    let may_be_absent = [".2.2", ".2.3", ".2.4"];
    each_missing(&follow_out(letter(append.clone())), &may_be_absent, follow_in);
    each_missing(&append_out(append), &may_be_absent, append_in);
    let common = Some((Revision(0), u128::MAX));
    let report = Report { digest: u128::MAX, common, ..Report::default() };
    for (received, may_be_absent) in [
        (Received::Through(Some(ID)), &[".1.1.1", ".1.4.4"] as &[&str]),
        (Received::Conflict(ID), &[".1.4.4"]),
        (Received::Outvoted(VOTE), &[".1.4.4"]),
    ] {
        each_missing(&appended_out(Ok(Appended { received, report })), may_be_absent, appended_in);
    }
}

#[test]
fn what_this_build_does_not_know_is_refused_in_words() {
    // A question, a kind of entry and an envelope from a later build.
    let mut later = question_out(letter(Question::ReadIndex)).encode_to_vec();
    let known = later.len() - 2;
    later.truncate(known);
    later.extend([0xfa, 0x01, 0]);
    let misread = question_in(decoded(&later)).unwrap_err();
    assert_eq!(Refused::from(misread), Refused::Impossible(misread.to_string()));
    assert!(misread.to_string().contains("`question`"), "{misread}");

    let entry = |kind| wire::LogEntry {
        kind: Some(kind),
        term: Some(1),
        index: Some(1),
        payload: Some(Bytes::new()),
    };
    let append = |kind| {
        let mut message = append_out(Append {
            vote: VOTE,
            previous: None,
            entries: Vec::new(),
            committed: None,
            pulse: Pulse::default(),
        });
        message.append.as_mut().unwrap().entries.push(entry(kind));
        append_in(message)
    };
    assert!(append(1).is_ok());
    for kind in [0, 4, -1] {
        assert_eq!(append(kind), Err(Misread::Missing("entry.kind")));
    }
}

#[test]
fn a_disk_of_which_nothing_is_known_is_not_taken_for_one_with_room() {
    let answer = Appended { received: Received::Through(None), report: Report::default() };
    let read = |disk: i32| {
        let mut message = appended_out(Ok(answer.clone()));
        let Some(wire::follow_response::Answer::Appended(appended)) = &mut message.answer else { panic!() };
        appended.report.as_mut().unwrap().disk = Some(disk);
        appended_in(message)
    };
    assert_eq!(read(1), Ok(Ok(answer.clone())));
    for disk in [0, 4, -1] {
        assert_eq!(read(disk), Err(Misread::Missing("disk")));
    }
}

#[test]
fn a_letter_without_an_address_is_from_a_stranger() {
    let whole = question_out(letter(Question::ReadIndex));
    let stranger = |change: fn(&mut wire::Identity)| {
        let mut request = whole.clone();
        change(request.envelope.as_mut().unwrap().from.as_mut().unwrap());
        let refused = Refused::from(question_in(request).unwrap_err());
        assert!(matches!(refused, Refused::Stranger(_)), "{refused:?}");
    };
    stranger(|from| from.cluster = None);
    stranger(|from| from.cluster = Some(Bytes::from_static(&[0; 15])));
    stranger(|from| from.group = Some(1 << 16));
    stranger(|from| from.era = Some(u32::MAX));
    stranger(|from| from.node = None);
    let envelope = whole.envelope.clone().unwrap();
    let (from, to) = (envelope.from.clone(), envelope.to);
    for envelope in [None, Some(wire::Envelope { from, to: None }), Some(wire::Envelope { from: None, to })] {
        let refused = Refused::from(question_in(wire::AskRequest { envelope, ..whole.clone() }).unwrap_err());
        assert!(matches!(refused, Refused::Stranger(_)), "{refused:?}");
    }
}

#[test]
fn only_the_first_message_of_a_stream_has_an_envelope() {
    let append =
        Append { vote: VOTE, previous: None, entries: Vec::new(), committed: None, pulse: Pulse::default() };
    assert!(follow_in(append_out(append.clone())).is_err());
    assert!(append_in(follow_out(letter(append))).is_err());
}
