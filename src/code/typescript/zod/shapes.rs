//! Schemas as a whole: the variables of one, and what stands for each in what it is applied to.

use oxc_ast::ast::{Expression, ObjectPropertyKind};

use super::super::evaluate::{SPREAD, span};
use super::super::{Placed, Value};
use super::chain::{Absent, Module, Need, first, method};
use super::takes::Takes;

/// What is wanted of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The variable.
    pub name: String,
    /// What is taken where it is not set.
    pub default: Option<String>,
    /// Whether the module throws where it is not set.
    pub is_needed: bool,
    /// What is asked of its value.
    pub takes: Takes,
    /// Where it stands.
    pub offset: usize,
    /// One that is set to nothing counts as not set.
    pub ignores_empty: bool,
    /// Variables of which none is to be set: with one of them nothing is checked.
    pub unless: Vec<String>,
}

/// A variable of a schema, by the schema's name for it.
#[derive(Clone)]
pub(super) struct Field<'a> {
    name: String,
    chain: &'a Expression<'a>,
    offset: usize,
    /// What the schema says over the chain: whether it must be there.
    is_required: Option<bool>,
}

/// What stands for a variable in what is checked.
pub(super) struct Stand {
    name: String,
    /// What is taken in its place where it is not there.
    instead: Option<String>,
}

impl Stand {
    /// The variable as it is.
    pub(super) fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            instead: None,
        }
    }
}

/// What makes objects of variables.
const OBJECTS: &[&str] = &["object", "strictObject", "looseObject"];

/// What leaves the variables of an object as they are.
const KEEP: &[&str] = &[
    "strict",
    "passthrough",
    "strip",
    "loose",
    "refine",
    "superRefine",
    "readonly",
    "describe",
];

impl<'a> Module<'a> {
    /// The variables of a schema: `z.object({…})`, or the name of one; nothing where others may belong to it, too.
    pub(super) fn fields(
        &self,
        schema: &'a Expression<'a>,
        depth: usize,
    ) -> Option<Vec<Field<'a>>> {
        let depth = depth.checked_sub(1)?;
        let call = match schema.get_inner_expression() {
            Expression::Identifier(name) => {
                return self.fields(self.constants.get(&name.name)?, depth);
            }
            Expression::CallExpression(call) => call,
            _ => return None,
        };
        let (object, name) = method(call)?;
        if self.is_zod(object) {
            let is_object = OBJECTS.contains(&name);
            return self.entries(first(call).filter(|_| is_object)?, depth);
        }
        let mut all = self.fields(object, depth)?;
        match name {
            _ if KEEP.contains(&name) => {}
            "extend" | "safeExtend" => lay(&mut all, self.entries(first(call)?, depth)?),
            "merge" => lay(&mut all, self.fields(first(call)?, depth)?),
            "and" => all.extend(self.fields(first(call)?, depth)?),
            "pick" | "omit" => {
                let named = self.named(first(call)?)?;
                all.retain(|it| named.contains(&it.name) == (name == "pick"));
            }
            "partial" | "required" => {
                let named = match first(call) {
                    Some(which) => Some(self.named(which)?),
                    None => None,
                };
                let is_meant =
                    |it: &&mut Field<'_>| named.as_ref().is_none_or(|all| all.contains(&it.name));
                for field in all.iter_mut().filter(is_meant) {
                    field.is_required = Some(name == "required");
                }
            }
            _ => return None,
        }
        Some(all)
    }

    /// The same of the object of chains within: `{…}`, the name of one, or `schema.shape`.
    pub(super) fn entries(
        &self,
        shape: &'a Expression<'a>,
        depth: usize,
    ) -> Option<Vec<Field<'a>>> {
        let depth = depth.checked_sub(1)?;
        let object = match shape.get_inner_expression() {
            Expression::Identifier(name) => {
                return self.entries(self.constants.get(&name.name)?, depth);
            }
            Expression::StaticMemberExpression(member) if member.property.name == "shape" => {
                return self.fields(&member.object, depth);
            }
            Expression::ObjectExpression(object) => object,
            _ => return None,
        };
        let mut all = Vec::new();
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    if let Some(name) = property.key.static_name() {
                        let field = Field {
                            name: name.into_owned(),
                            chain: &property.value,
                            offset: span(&property.key).start,
                            is_required: None,
                        };
                        lay(&mut all, vec![field]);
                    }
                }
                // What is spread may stand for any name, unless it is known.
                ObjectPropertyKind::SpreadProperty(spread) => {
                    lay(&mut all, self.entries(&spread.argument, depth)?);
                }
            }
        }
        Some(all)
    }

    /// The names of `{ NAME: true }`.
    fn named(&self, which: &'a Expression<'a>) -> Option<Vec<String>> {
        let Value::Object(entries) = self.constants.evaluate(which).value else {
            return None;
        };
        let named = entries.into_iter().map(|(name, value)| {
            let is_meant = value.value == Value::Bool(true);
            is_meant.then_some(name)
        });
        named.collect()
    }

    /// What is wanted of the variables of a schema, for each of which stands what `given` says.
    pub(super) fn among(
        &self,
        fields: &[Field<'a>],
        given: impl Fn(&str) -> Option<Stand>,
    ) -> Vec<Wanted> {
        let wanted = fields.iter().filter_map(|field| {
            let need = self.need(field.chain, super::chain::DEPTH)?;
            let need = match field.is_required {
                Some(true) => need.required(),
                Some(false) => need.optional(),
                None => need,
            };
            Some(of(need, given(&field.name)?, field.offset))
        });
        wanted.collect()
    }
}

/// What is wanted of a variable by a chain, be it nothing.
pub(super) fn of(need: Need, stand: Stand, offset: usize) -> Wanted {
    let Stand { name, instead } = stand;
    let is_needed = need.absent == Absent::Refused && instead.is_none();
    // What is taken in its place may stand for an empty one, too.
    let takes = if instead.is_none() {
        need.takes
    } else {
        let mut any = Takes::default();
        any.open();
        any
    };
    let default = instead.or(match need.absent {
        Absent::Default(text) => Some(text),
        _ => None,
    });
    Wanted {
        name,
        default,
        is_needed,
        takes,
        offset,
        ignores_empty: false,
        unless: Vec::new(),
    }
}

/// Puts fields over those of the same name.
fn lay<'a>(all: &mut Vec<Field<'a>>, over: Vec<Field<'a>>) {
    for field in over {
        all.retain(|it| it.name != field.name);
        all.push(field);
    }
}

/// What stands for a field of a schema in what is checked; nothing where it is not read as it is.
pub(super) fn read(given: &Placed, name: &str) -> Option<Stand> {
    match &given.value {
        Value::Environment => Some(Stand::plain(name)),
        Value::Object(entries) => {
            if let Some(found) = given.get(name) {
                variable(found)
            } else {
                let mut spread = entries.iter().filter(|(key, _)| key == SPREAD);
                let is_all = spread.any(|(_, it)| it.value == Value::Environment);
                is_all.then(|| Stand::plain(name))
            }
        }
        _ => None,
    }
}

/// A value that is a variable as it is.
pub(super) fn variable(value: &Placed) -> Option<Stand> {
    let Value::Variable { name, otherwise } = &value.value else {
        return None;
    };
    let instead = match otherwise.as_deref() {
        Some(instead) => Some(instead.text()?.to_owned()),
        None => None,
    };
    Some(Stand {
        name: name.clone(),
        instead,
    })
}
