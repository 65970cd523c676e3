//! Services: what is to run, in which order, and what is decided when something happens. Pure:
//! no process is started and no clock is read here.

pub mod assemble;
pub mod block;
pub mod cause;
pub mod control;
mod ending;
pub mod endpoint;
pub mod event;
pub mod fleet;
pub mod level;
pub mod lines;
pub mod managed;
mod model;
mod plan;
pub mod ports;
pub mod record;
pub mod screen;
pub mod timeline;

pub use ending::Ending;
pub use model::{
    Command, Condition, Dependency, Kind, Probe, Readiness, Restart, Service, Stop, StopScope,
    StopSignal,
};
pub use plan::{Plan, RULES};
