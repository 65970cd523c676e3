//! The bounds that a field of settings gives for its number: `Field(ge=1, le=65535)`.

use ruff_python_ast::{Expr, Number, UnaryOp};

/// What a whole number has to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The smallest that is taken.
    pub min: Option<i64>,
    /// The largest that is taken.
    pub max: Option<i64>,
}

/// The types of whole numbers, each with the smallest that it takes.
const TYPES: &[(&str, Option<i64>)] = &[
    ("int", None),
    ("PositiveInt", Some(1)),
    ("NonNegativeInt", Some(0)),
];

/// Whether a type of that name takes whole numbers alone.
#[must_use]
pub fn is_whole(kind: &str) -> bool {
    TYPES.iter().any(|(known, _)| *known == kind)
}

impl Bounds {
    /// Those of a field of that type; `said` has what it is given under a name.
    pub(super) fn of<'a>(kind: Option<&str>, said: &dyn Fn(&str) -> Option<&'a Expr>) -> Self {
        let known = TYPES.iter().find(|(known, _)| kind == Some(*known));
        let Some((_, by_type)) = known.copied() else {
            return Self::default();
        };
        let given = |name: &str| said(name).and_then(whole);
        let above = given("gt").and_then(|it| it.checked_add(1));
        let below = given("lt").and_then(|it| it.checked_sub(1));
        Self {
            min: [by_type, given("ge"), above].into_iter().flatten().max(),
            max: [given("le"), below].into_iter().flatten().min(),
        }
    }

    /// Whether a number is within them.
    #[must_use]
    pub fn hold(self, number: i64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    /// What a number has to be, in words; nothing where that is open.
    #[must_use]
    pub fn words(self) -> Option<String> {
        match (self.min, self.max) {
            (Some(min), Some(max)) => Some(format!("be a number from {min} to {max}")),
            (Some(min), None) => Some(format!("be {min} or more")),
            (None, Some(max)) => Some(format!("be {max} or less")),
            (None, None) => None,
        }
    }
}

/// A whole number that stands there.
fn whole(value: &Expr) -> Option<i64> {
    match value {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(number) => number.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => whole(&unary.operand)?.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn bounds_of_whole_numbers_are_read() {
        let bounds = |min: Option<i64>, max: Option<i64>| Bounds { min, max };
        for (field, told) in [
            ("int = Field(1, ge=1, le=15)", bounds(Some(1), Some(15))),
            ("int = Field(1, gt=-2, lt=15)", bounds(Some(-1), Some(14))),
            ("int | None = Field(None, ge=1)", bounds(Some(1), None)),
            ("Annotated[int, Field(le=LIMIT)] = 3", bounds(None, Some(9))),
            ("PositiveInt = 3", bounds(Some(1), None)),
            ("int = Field(1, ge=make())", bounds(None, None)),
            ("float = Field(1, ge=1)", bounds(None, None)),
            ("str = Field('', ge=1)", bounds(None, None)),
        ] {
            let text = format!("LIMIT = 9\nclass S(BaseSettings):\n    one: {field}\n");
            assert_eq!(read(&text).fields[0].bounds, told, "{field}");
        }
    }
}
