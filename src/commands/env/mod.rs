//! `pixcrawler env …`

pub mod check;
mod fix;
