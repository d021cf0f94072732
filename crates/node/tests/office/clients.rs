//! Client sessions end when nobody uses them, and only then.

use reeve_core::Reply;
use reeve_node::limits::{CLIENT_AGAIN_MS, CLIENT_IDLE_MS};
use reeve_node::office::clients::Clients;

use super::stage::Stage;

#[test]
fn an_idle_session_is_expired_and_a_used_one_is_not() {
    let mut stage = Stage::new();
    let (idle, used) = (stage.client(), stage.client());
    let mut clients = Clients::new();
    for client in [idle, used] {
        clients.opened(client, stage.state.client_last_used(client).unwrap(), 0);
    }
    assert_eq!(clients.next_due(), Some(CLIENT_IDLE_MS));
    assert_eq!(clients.due(&stage.state, CLIENT_IDLE_MS - 1, 10), []);
    stage.uses(used, 0);
    let expired = clients.due(&stage.state, CLIENT_IDLE_MS, 10);
    assert_eq!(expired.iter().map(|expire| expire.client).collect::<Vec<_>>(), [idle]);
    assert_eq!(stage.say(expired[0].clone()), Reply::Done);
    clients.closed(idle);
    assert_eq!(clients.next_due(), Some(2 * CLIENT_IDLE_MS));
    let expired = clients.due(&stage.state, 2 * CLIENT_IDLE_MS, 10);
    assert_eq!(expired.len(), 1, "idle since its one use");
}

#[test]
fn a_use_between_decision_and_entry_saves_the_session() {
    let mut stage = Stage::new();
    let client = stage.client();
    let mut clients = Clients::new();
    clients.opened(client, stage.state.client_last_used(client).unwrap(), 0);
    let expired = clients.due(&stage.state, CLIENT_IDLE_MS, 10);
    stage.uses(client, 0);
    assert!(matches!(stage.say(expired[0].clone()), Reply::Refused(_)));
    assert_eq!(clients.due(&stage.state, CLIENT_IDLE_MS + CLIENT_AGAIN_MS, 10), []);
    assert_eq!(clients.next_due(), Some(2 * CLIENT_IDLE_MS + CLIENT_AGAIN_MS));
}

#[test]
fn a_decision_that_was_lost_is_made_again_and_one_that_came_to_pass_is_not() {
    let mut stage = Stage::new();
    let client = stage.client();
    let mut clients = Clients::new();
    clients.opened(client, stage.state.client_last_used(client).unwrap(), 0);
    assert_eq!(clients.due(&stage.state, CLIENT_IDLE_MS, 10).len(), 1);
    let again = clients.due(&stage.state, CLIENT_IDLE_MS + CLIENT_AGAIN_MS, 10);
    assert_eq!(stage.say(again[0].clone()), Reply::Done);
    assert_eq!(clients.due(&stage.state, 3 * CLIENT_IDLE_MS, 10), []);
    assert_eq!(clients.next_due(), None);
}

#[test]
fn a_look_is_bounded() {
    let mut stage = Stage::new();
    let mut clients = Clients::new();
    for _ in 0..10 {
        let client = stage.client();
        clients.opened(client, stage.state.client_last_used(client).unwrap(), 0);
    }
    assert_eq!(clients.due(&stage.state, CLIENT_IDLE_MS, 4).len(), 4);
    assert_eq!(clients.due(&stage.state, CLIENT_IDLE_MS, 100).len(), 6);
}
