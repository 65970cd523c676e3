//! What others ask of the session.

use super::super::control::Asked;
use super::Hub;

impl Hub {
    /// Does what another terminal asks for.
    pub(super) fn answer(&mut self, asked: Asked) {
        for input in self.orders.take(asked, &self.fleet, self.now()) {
            self.input(input);
        }
    }
}
