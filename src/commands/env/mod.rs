//! `pixcrawler env`
pub mod check;
