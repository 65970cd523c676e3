//! One integration binary: a second one would cost more to link than to run.

mod dialects;
mod layers;
mod managed;
mod output;
