//! Given what happened to a customer, when somebody wants something, then that happens or a reason is given.

use super::*;
use crate::event;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

fn key(n: u8) -> KeyId {
    format!("key_{n:032x}").parse().unwrap()
}

fn given(events: &[CustomerEvent]) -> Customer {
    let mut customer = Customer::default();
    events.iter().zip(10..).for_each(|(event, position)| customer.apply(event, position));
    customer
}

fn then(draft: Draft) -> CustomerEvent {
    event::read(&draft.kind, draft.schema, &draft.open).unwrap()
}

fn erased(keys: &[u8]) -> CustomerEvent {
    let keys = keys.iter().map(|n| key(*n)).collect();
    CustomerEvent::Erased { keys, conversations: Vec::new(), parts: 3, at: at(3) }
}

fn done() -> Done {
    let (keys, conversations, parts) = (2, 2, 6);
    Done { keys, conversations, parts, dropped: 6, elsewhere: 0, counts_until: None, at: at(4) }
}

const HELD: fn() -> CustomerEvent = || CustomerEvent::HoldPlaced { at: at(0) };
const ORDERED: fn() -> CustomerEvent = || CustomerEvent::ErasureOrdered { at: at(2) };

#[test]
fn nothing_is_erased_while_a_legal_hold_stands() {
    let held = given(&[HELD()]);
    assert_eq!(held.order_erasure(at(1)), Err(CustomerError::Held));
    assert_eq!(held.erase(vec![key(1)], Vec::new(), 1, at(1)), Err(CustomerError::Held));
    assert_eq!(held.place_hold(at(1)), Err(CustomerError::Held));
    let lifted = CustomerEvent::HoldLifted { at: at(1) };
    assert_eq!(then(held.lift_hold(at(1)).unwrap()), lifted);
    let free = given(&[HELD(), lifted]);
    assert_eq!(free.lift_hold(at(2)), Err(CustomerError::NotHeld));
    assert_eq!(then(free.order_erasure(at(2)).unwrap()), ORDERED());
}

#[test]
fn a_hold_takes_back_what_was_ordered_and_comes_too_late_once_keys_are_destroyed() {
    let ordered = given(&[ORDERED()]);
    assert_eq!(then(ordered.place_hold(at(0)).unwrap()), HELD());
    let taken_back = given(&[ORDERED(), HELD(), CustomerEvent::HoldLifted { at: at(1) }]);
    assert_eq!(taken_back.erase(vec![key(1)], Vec::new(), 1, at(1)), Err(CustomerError::NotOrdered));
    assert!(taken_back.order_erasure(at(2)).is_ok(), "it must be ordered anew");
    assert_eq!(given(&[ORDERED(), erased(&[1])]).place_hold(at(9)), Err(CustomerError::TooLate));
}

#[test]
fn an_erasure_is_one_erasure_until_it_is_done_and_knows_what_it_destroys() {
    assert_eq!(given(&[]).erasure_done(done()), Err(CustomerError::NotOrdered));
    let customer = given(&[ORDERED(), erased(&[1]), erased(&[2])]);
    assert_eq!(customer.order_erasure(at(4)), Err(CustomerError::Ordered));
    let order = customer.order.as_ref().unwrap();
    assert_eq!((order.position, order.keys.as_slice(), order.parts), (10, [key(1), key(2)].as_slice(), 6));
    let finished = CustomerEvent::ErasureDone(done());
    assert_eq!(then(customer.erasure_done(done()).unwrap()), finished);
    // They return, and ask again.
    assert!(given(&[ORDERED(), erased(&[1]), finished]).order_erasure(at(9)).is_ok());
}
