//! What is run.

use serde::Deserialize;
use serde::de::value::{SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error, SeqAccess};

use super::forms::{Forms, deserialize_by_form};

/// How to start a service.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum CommandOptions {
    /// One line for the shell.
    Shell(#[schemars(regex(pattern = r"\S"))] String),
    /// A program with its arguments.
    Exec(#[schemars(length(min = 1))] Vec<String>),
}

impl Forms for CommandOptions {
    const EXPECTED: &'static str = "a text for the shell, or a list of program and arguments";

    fn from_text<E: Error>(text: StrDeserializer<'_, E>) -> Result<Self, E> {
        String::deserialize(text).map(Self::Shell)
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: SeqAccessDeserializer<A>) -> Result<Self, A::Error> {
        Vec::deserialize(list).map(Self::Exec)
    }
}

deserialize_by_form!(CommandOptions);
