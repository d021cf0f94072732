//! The pure parts of the office under chance: many seeds, clocks that drift, stop and jump, and a state beside them.

#[path = "../../core/tests/chance/dice.rs"]
mod dice;

mod office {
    mod clients;
    mod digests;
    mod due;
    mod offers;
    mod sessions;
    mod stage;
    mod time;
}
