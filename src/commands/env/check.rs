//! stub
use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
/// x
pub struct Request { /// x
 pub tiers: Vec<String> }
/// x
pub fn run(_context: &Context, _request: &Request) -> Result<Exit, Failure> { Ok(Exit::Clean) }
