//! What a TypeScript module says with values that are written down: constants, objects, calls.
//!
//! Nothing is run. What would have to be run is [`Value::Unclear`], with its place.

pub mod clients;
pub mod drizzle;
mod evaluate;
mod paths;
pub mod zod;

#[cfg(test)]
mod tests;

use camino::Utf8Path;
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use crate::text::Span;

/// Whether a file of that name reads as code from its beginning to its end; what is of another kind does not.
#[must_use]
pub fn is_sound(path: &Utf8Path, text: &str) -> bool {
    let Ok(kind) = SourceType::from_path(path.as_std_path()) else {
        return false;
    };
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, kind).parse();
    !parsed.panicked && parsed.diagnostics.is_empty()
}

/// A value as a module writes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null` or `undefined`.
    Nothing,
    /// An array.
    List(Vec<Placed>),
    /// An object, in the order in which its keys are written; a later one wins.
    Object(Vec<(String, Placed)>),
    /// `process.env.NAME`, with what stands in for it: `?? 'default'`.
    Variable {
        /// The variable's name.
        name: String,
        /// What is taken when it is not set.
        otherwise: Option<Box<Placed>>,
    },
    /// `process.env` itself.
    Environment,
    /// Something that only running it would tell; with the variables that it reads.
    Unclear(Vec<String>),
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The value.
    pub value: Value,
    /// The expression.
    pub span: Span,
}

impl Placed {
    /// The value of an object's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(entries) => entries
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The string that it is.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The environment variables that it reads, in their order.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect_variables(&mut found);
        found
    }

    fn collect_variables(&self, found: &mut Vec<String>) {
        let mut add = |name: &String| {
            if !found.contains(name) {
                found.push(name.clone());
            }
        };
        match &self.value {
            Value::Variable { name, otherwise } => {
                add(name);
                if let Some(otherwise) = otherwise {
                    otherwise.collect_variables(found);
                }
            }
            Value::Unclear(names) => names.iter().for_each(add),
            Value::List(items) => items.iter().for_each(|item| item.collect_variables(found)),
            Value::Object(entries) => entries
                .iter()
                .for_each(|(_, value)| value.collect_variables(found)),
            _ => {}
        }
    }
}

/// Parses a module and hands it to `read`. TypeScript is read with and without JSX alike.
fn with_module<T>(text: &str, read: impl FnOnce(&oxc_ast::ast::Program<'_>) -> T) -> T {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
    read(&parsed.program)
}
