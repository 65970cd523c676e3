//! Services: what is to run, in which order, and what is decided when something happens. Pure:
//! no process is started and no clock is read here.

pub mod assemble;
pub mod block;
pub mod cause;
mod check;
pub mod claimed;
mod clash;
mod command;
mod commanded;
pub mod control;
pub mod definition;
mod ending;
pub mod endpoint;
pub mod environment;
pub mod event;
pub mod fleet;
pub mod folder;
pub mod foreman;
pub mod last_words;
pub mod level;
pub mod lines;
pub mod listening;
pub mod managed;
mod model;
pub mod moved;
pub mod neighbours;
pub mod notify;
mod plan;
pub mod ports;
pub mod procfile;
pub mod record;
pub mod replan;
mod replicas;
pub mod screen;
pub mod served;
pub mod shell;
pub mod signals;
pub mod startable;
pub mod timeline;
mod watch;

pub use check::{Health, HealthCheck, Http, Pattern, Probe, Readiness};
pub use command::Command;
pub use ending::Ending;
pub use model::{
    BackOff, Condition, Dependency, Kind, OnEnv, Replica, Restart, Service, Stop, StopScope,
    StopSignal, Watch,
};
pub use plan::{Plan, RULES, Selection};
pub use replicas::{Template, replicated};
