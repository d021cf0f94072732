//! What is said arrives as it was said.

use std::time::Duration;

use reeve_node::message::{Letter, NoAnswer, Refused};
use reeve_node::platform::{Lane, Link, Wires};

use crate::fake::{Fake, LONG, link, serve};
use crate::samples::{ANSWERS, APPENDED, Dice, QUESTIONS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_and_answer_arrives_as_it_was_said() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let mut links = [Lane::Pulse, Lane::Log, Lane::Bulk, Lane::Desk].map(|lane| link(&serving, lane));
    let mut dice = Dice::of(3);
    for round in 0..20 * QUESTIONS * ANSWERS {
        let (question, answer) = (dice.question(round), dice.answer(round / QUESTIONS));
        let question = dice.letter(question);
        fake.answers.lock().unwrap().push_back(answer.clone());
        let told = links[(round % 4) as usize].ask(question.clone(), LONG).await;
        assert_eq!(told, Ok(answer));
        assert_eq!(fake.questions.lock().unwrap().pop(), Some(question));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_of_the_log_arrives_as_it_was_said() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Log);
    let mut dice = Dice::of(4);
    for round in 0..10 * APPENDED {
        let first = dice.append();
        let first = dice.letter(first);
        let rest: Vec<_> = (0..dice.below(6)).map(|_| dice.append()).collect();
        // All but the last go on; the last may be anything.
        let mut answers: Vec<_> = (0..rest.len() as u64).map(|n| dice.appended((round + n) % 3)).collect();
        answers.push(dice.appended(round));
        fake.appended.lock().unwrap().extend(answers.clone());
        let Wires { out, mut back } = link.append(first.clone(), LONG).await.unwrap();
        for append in &rest {
            out.send(append.clone()).await.unwrap();
        }
        for answer in answers {
            let told = back.recv().await.expect("each message is answered");
            assert_eq!(told, answer.map_err(|refused: Refused| NoAnswer::Silent(refused.to_string())));
        }
        drop(out);
        assert_eq!(back.recv().await, None);
        let heard = std::mem::take(&mut *fake.appends.lock().unwrap());
        let sent: Vec<_> = std::iter::once(first.body.clone()).chain(rest).collect();
        assert_eq!(heard, sent);
        let started: Vec<Letter<_>> = std::mem::take(&mut *fake.first.lock().unwrap());
        assert_eq!(started, [first]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_is_refused_with_its_size_and_the_limit() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let mut pulse = link(&serving, Lane::Pulse);
    let piece = |bytes| {
        let bytes = vec![0; bytes].into();
        crate::fake::letter(reeve_node::message::Question::Piece { file: 0, offset: 0, bytes })
    };
    let error = pulse.ask(piece(2 << 20), Duration::from_secs(5)).await.unwrap_err();
    let NoAnswer::TooLarge(why) = error else { panic!("{error}") };
    assert!(why.contains("2097") && why.contains("the limit of this lane is 1048576"), "{why}");
    // The line is none the worse, and the other lanes take it.
    assert!(pulse.ask(piece(1 << 19), LONG).await.is_ok());
    assert!(link(&serving, Lane::Bulk).ask(piece(20 << 20), LONG).await.is_ok());
    // An answer too large for the lane is an error with both figures.
    let large = reeve_node::message::Answer::Have(vec![1; 2 << 20]);
    fake.answers.lock().unwrap().push_back(large);
    let error = pulse.ask(piece(0), LONG).await.unwrap_err();
    let NoAnswer::Silent(why) = error else { panic!("it was sent: {error}") };
    assert!(why.contains("2097") && why.contains("1048576"), "{why}");
    assert!(pulse.ask(piece(0), LONG).await.is_ok());
}
