//! The shape of the command that opens a client session.

use crate::codec::wire::{Reader, Wire, unmoved};
use crate::command::OpenClient;
use crate::fault::Fault;

impl Wire for OpenClient {
    fn put(&self, _: &mut Vec<u8>) {}

    fn get(_: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    unmoved!();
}
