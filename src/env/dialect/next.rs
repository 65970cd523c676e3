//! `@next/env`: npm dotenv's parser, then an old dotenv-expand that works from the last `$` back to the first.
//!
//! Its three surprises are kept: a replacement hits the *first* place where the same text stands, the replacement
//! itself is a JavaScript pattern (`$$`, `$&`, …), and an endless expansion throws, which loses the whole file.

use super::model::{Ambient, Loaded, NoteKind, Origin, Source, Values};
use super::text::skip;
use super::{EXPANSION_LIMIT, node_dotenv};
use compact_str::CompactString;
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// Replacements in one value before the stack of node 20 overflows (measured; each is one call deeper).
const STACK: usize = 4_462;
/// Bytes that replacing may move in one file. Each replacement copies the value, as it does in the original.
const WORK: usize = 1 << 30;

/// `process.env` while `processEnv` goes through the files of a chain, highest precedence first.
pub(super) struct Environment {
    process: Ambient,
    /// What was set before the first file; no file replaces it.
    initial: Ambient,
}

impl Environment {
    pub(super) fn new(ambient: &Ambient) -> Self {
        Self {
            process: ambient.clone(),
            initial: ambient.clone(),
        }
    }

    /// Loads the next file. Where the process environment or an earlier file has a name, that value is expanded
    /// (again) in place of the file's.
    pub(super) fn load(&mut self, source: Source<'_>) -> Loaded {
        let mut loaded = node_dotenv::load(source);
        in_property_order(&mut loaded.values);
        let names: Vec<CompactString> = loaded
            .values
            .shared()
            .map(|(name, _)| name.clone())
            .collect();
        let mut work = WORK;
        for name in &names {
            let expanded = self.expand(name, &loaded.values, &mut work);
            let Some(entry) = loaded.values.get_mut(name) else {
                continue;
            };
            match expanded {
                Ok(value) => {
                    entry.origin = if self.initial.get(name).is_some() {
                        Origin::Ambient
                    } else {
                        Origin::File
                    };
                    entry.value = Some(value);
                }
                Err(kind) => {
                    let binding = loaded.bindings.get(entry.binding);
                    let span = binding
                        .map(|binding| binding.value_span.clone())
                        .unwrap_or_default();
                    loaded.fail(kind, span);
                    loaded.values = Values::default();
                    return loaded;
                }
            }
        }
        for name in &names {
            let Some(entry) = loaded.values.get_mut(name) else {
                continue;
            };
            let value = CompactString::from(before_nul(entry.value.as_deref().unwrap_or("")));
            self.process.set(name, &value);
            entry.value = Some(value.clone());
            if let Some(binding) = loaded.bindings.get_mut(entry.binding) {
                binding.value = Some(value);
            }
        }
        loaded
    }

    /// The variable as the process has it now.
    pub(super) fn process(&self, name: &str) -> Option<&str> {
        self.process.get(name)
    }

    fn expand(
        &self,
        name: &str,
        parsed: &Values,
        work: &mut usize,
    ) -> Result<CompactString, NoteKind> {
        let raw = self
            .process
            .get(name)
            .or_else(|| parsed.value(name))
            .unwrap_or("");
        if memchr(b'$', raw.as_bytes()).is_none() {
            return Ok(raw.into());
        }
        let mut text = raw.to_owned();
        for _ in 0..STACK {
            let Some((matched, replacement)) = self.last_reference(&text, parsed) else {
                return Ok(text.replace("\\$", "$").into());
            };
            let first = memmem::find(text.as_bytes(), matched.as_bytes()).unwrap_or(0);
            let hit = first..first + matched.len();
            let inserted = pattern_text(&text, &hit, replacement);
            *work = work
                .checked_sub(text.len() + inserted.len())
                .ok_or(NoteKind::ExpansionLimit)?;
            text.replace_range(hit, &inserted);
            if text.len() > EXPANSION_LIMIT {
                return Err(NoteKind::ExpansionLimit);
            }
        }
        Err(NoteKind::SelfReference)
    }

    /// The text of the last reference and what to put there: the process environment, else the default, else the
    /// file; empty counts as unset. `None` also where the last bare `$` names nothing: then the rest stays, too.
    fn last_reference<'v>(
        &'v self,
        text: &str,
        parsed: &'v Values,
    ) -> Option<(String, Cow<'v, str>)> {
        let start = last_dollar(text)?;
        let bytes = text.as_bytes();
        let name_start = start + 1 + usize::from(bytes.get(start + 1) == Some(&b'{'));
        let name_end = skip(text, name_start, |c| c.is_ascii_alphanumeric() || c == '_');
        if name_end == name_start {
            return None;
        }
        let name = &text[name_start..name_end];
        let mut end = name_end;
        let mut default = "";
        if text[end..].starts_with(":-") {
            end = skip(text, name_end + 2, |c| c != '}' && c != '\\');
            default = &text[name_end + 2..end];
        }
        end += usize::from(bytes.get(end) == Some(&b'}'));
        let set = |value: &&str| !value.is_empty();
        let value = match self.process.get(name).filter(set) {
            Some(value) => Cow::Borrowed(value),
            // Every JavaScript object has one, also `process.env`.
            None if name == "__proto__" => Cow::Borrowed("[object Object]"),
            None if !default.is_empty() => Cow::Owned(default.to_owned()),
            None => Cow::Borrowed(parsed.value(name).unwrap_or("")),
        };
        Some((text[start..end].to_owned(), value))
    }
}

/// The last `$` without a backslash before it.
fn last_dollar(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memrchr_iter(b'$', bytes).find(|&at| at == 0 || bytes[at - 1] != b'\\')
}

/// What `String.replace(text, replacement)` inserts: `$$`, `$&`, `` $` `` and `$'` mean something in it.
fn pattern_text<'v>(text: &str, hit: &Range<usize>, replacement: Cow<'v, str>) -> Cow<'v, str> {
    if memchr(b'$', replacement.as_bytes()).is_none() {
        return replacement;
    }
    let mut out = String::with_capacity(replacement.len());
    let mut rest = &*replacement;
    while let Some(at) = memchr(b'$', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let special = match rest.as_bytes().get(at + 1) {
            Some(b'$') => Some("$"),
            Some(b'&') => Some(&text[hit.clone()]),
            Some(b'`') => Some(&text[..hit.start]),
            Some(b'\'') => Some(&text[hit.end..]),
            _ => None,
        };
        out.push_str(special.unwrap_or("$"));
        rest = &rest[at + 1 + usize::from(special.is_some())..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The number, if JavaScript takes the name of a property for one.
pub(super) fn array_index(name: &str) -> Option<u32> {
    let number = name.parse().ok().filter(|&number| number < u32::MAX)?;
    (name == "0" || !name.starts_with(['0', '+'])).then_some(number)
}

/// JavaScript enumerates integer names first, in numeric order; then the others as they came.
fn in_property_order(values: &mut Values) {
    if values.iter().any(|(name, _)| array_index(name).is_some()) {
        values.sort_by_key(|name| array_index(name).map_or((true, 0), |number| (false, number)));
    }
}

/// The C library ends a variable at the first NUL.
pub(super) fn before_nul(value: &str) -> &str {
    memchr(0, value.as_bytes()).map_or(value, |at| &value[..at])
}
