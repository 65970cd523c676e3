//! What others ask of the session.

use super::super::control::Asked;
use super::{Hub, Slot};
use crate::service::control::Ask;

impl Hub {
    /// Does what another terminal asks for.
    pub(super) fn answer(&mut self, asked: Asked) {
        if let Ask::Scale { service, replicas } = &asked.ask {
            let now = self.now();
            let scaled = self.fleet.scale(now, service, u32::from(*replicas));
            let effects = self.orders.scaled(asked, scaled, &self.fleet, now);
            let services = self.fleet.services().len();
            self.slots.resize_with(services, Slot::default);
            return self.perform(effects);
        }
        for input in self.orders.take(asked, &self.fleet, self.now()) {
            self.input(input);
        }
    }
}
