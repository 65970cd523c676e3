//! Values that may be written in more than one form: a word or a table. Serde's own way (untagged)
//! would lose the place and the name of a misspelt key.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What a value may be made of. A form that is not overridden is refused.
pub(super) trait Forms: Sized {
    /// The forms in words: "a URL, or a table of `url`, …".
    const EXPECTED: &'static str;

    /// From `true` or `false`.
    fn from_switch<E: Error>(value: bool) -> Result<Self, E> {
        Err(E::invalid_type(
            serde::de::Unexpected::Bool(value),
            &Self::EXPECTED,
        ))
    }

    /// From a text.
    fn from_text<E: Error>(text: StrDeserializer<'_, E>) -> Result<Self, E> {
        let text = String::deserialize(text)?;
        Err(E::invalid_type(
            serde::de::Unexpected::Str(&text),
            &Self::EXPECTED,
        ))
    }

    /// From a list.
    fn from_list<'de, A: SeqAccess<'de>>(_: SeqAccessDeserializer<A>) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(
            serde::de::Unexpected::Seq,
            &Self::EXPECTED,
        ))
    }

    /// From a table.
    fn from_table<'de, A: MapAccess<'de>>(_: MapAccessDeserializer<A>) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(
            serde::de::Unexpected::Map,
            &Self::EXPECTED,
        ))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Forms> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::from_switch(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(serde::de::value::StrDeserializer::new(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(SeqAccessDeserializer::new(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<T, A::Error> {
        T::from_table(MapAccessDeserializer::new(table))
    }
}

/// Reads a value in whichever form it was written.
pub(super) fn read<'de, T: Forms, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reader(PhantomData))
}

/// `Deserialize` for a type with [`Forms`].
macro_rules! deserialize_by_form {
    ($($type:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::workspace::options::forms::read(deserializer)
            }
        }
    )+};
}

pub(super) use deserialize_by_form;
