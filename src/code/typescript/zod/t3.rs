//! `createEnv` of `@t3-oss/env-nextjs`: it applies the chains in `server`, `client` and `shared` when the module is
//! loaded, and throws.

use oxc_ast::ast::{
    BinaryOperator, Expression, LogicalOperator, ObjectExpression, ObjectPropertyKind,
    UnaryOperator,
};

use super::super::Value;
use super::calls::{expressions, throws};
use super::chain::{DEPTH, Module};
use super::shapes::{Stand, Wanted, read};

/// The packages that it comes from.
const PACKAGES: &[&str] = &["@t3-oss/env-nextjs", "@t3-oss/env-core"];

/// The options that hold chains.
const SHAPES: [&str; 3] = ["server", "client", "shared"];

/// The options with what is checked, as written whole; the first one counts.
const GIVEN: [&str; 2] = ["runtimeEnvStrict", "runtimeEnv"];

/// The option that is laid over `process.env`.
const OVER: &str = "experimental__runtimeEnv";

/// What a module wants by it, if it is called when the module is loaded.
pub(super) fn wanted(module: &Module<'_>) -> Option<Vec<Wanted>> {
    let mut all = module.program.body.iter().flat_map(expressions);
    let options = all.find_map(|it| match it.get_inner_expression() {
        Expression::CallExpression(call) if module.imports(&call.callee, "createEnv", PACKAGES) => {
            match call.arguments.first()?.as_expression()? {
                Expression::ObjectExpression(options) => Some(&**options),
                _ => None,
            }
        }
        _ => None,
    })?;
    let is_plain = |it: &ObjectPropertyKind<'_>| match it {
        ObjectPropertyKind::ObjectProperty(it) => it.key.static_name().is_some(),
        ObjectPropertyKind::SpreadProperty(_) => false,
    };
    // What the code makes of the whole, or of a failure, only running it would tell.
    let is_changed = option(options, "createFinalSchema").is_some()
        || option(options, "onValidationError").is_some() && !throws(module.text);
    if is_changed || !options.properties.iter().all(is_plain) {
        return None;
    }
    let mut unless = Vec::new();
    if let Some(skip) = option(options, "skipValidation")
        && module.is_true(skip, DEPTH, &mut unless)?
    {
        return None;
    }
    let ignores_empty = option(options, "emptyStringAsUndefined")
        .is_some_and(|it| module.constants.evaluate(it).value == Value::Bool(true));
    let given = GIVEN.iter().find_map(|name| option(options, name));
    let given = given.map(|it| module.constants.evaluate(it));
    let over = option(options, OVER).map(|it| module.constants.evaluate(it));
    let stands = |name: &str| match (&given, &over) {
        (Some(given), _) => read(given, name),
        (None, Some(over)) if over.get(name).is_some() => read(over, name),
        (None, Some(over)) => matches!(over.value, Value::Object(_)).then(|| Stand::plain(name)),
        (None, None) => Some(Stand::plain(name)),
    };
    let shapes = SHAPES.iter().filter_map(|name| {
        let fields = module.entries(option(options, name)?, DEPTH)?;
        Some(module.among(&fields, stands))
    });
    let found = shapes.flatten().map(|it| Wanted {
        ignores_empty,
        unless: unless.clone(),
        ..it
    });
    Some(found.collect())
}

/// The value of an option; the last one counts.
fn option<'a>(options: &'a ObjectExpression<'a>, name: &str) -> Option<&'a Expression<'a>> {
    let mut all = options.properties.iter().rev();
    all.find_map(|it| match it {
        ObjectPropertyKind::ObjectProperty(it) if it.key.static_name()? == name => Some(&it.value),
        _ => None,
    })
}

impl<'a> Module<'a> {
    /// Whether a test holds in development while none of the variables is set that it asks for: `unless` gets those.
    fn is_true(
        &self,
        test: &'a Expression<'a>,
        depth: usize,
        unless: &mut Vec<String>,
    ) -> Option<bool> {
        const MODE: &str = "NODE_ENV";
        let depth = depth.checked_sub(1)?;
        match test.get_inner_expression() {
            Expression::UnaryExpression(not) if not.operator == UnaryOperator::LogicalNot => {
                match not.argument.get_inner_expression() {
                    Expression::UnaryExpression(inner)
                        if inner.operator == UnaryOperator::LogicalNot =>
                    {
                        self.is_true(&inner.argument, depth, unless)
                    }
                    _ => None,
                }
            }
            Expression::LogicalExpression(both) => {
                let left = self.is_true(&both.left, depth, unless)?;
                let right = self.is_true(&both.right, depth, unless)?;
                match both.operator {
                    LogicalOperator::Or => Some(left || right),
                    LogicalOperator::And => Some(left && right),
                    LogicalOperator::Coalesce => None,
                }
            }
            Expression::BinaryExpression(compared)
                if matches!(
                    compared.operator,
                    BinaryOperator::Equality | BinaryOperator::StrictEquality
                ) =>
            {
                let left = self.constants.evaluate(&compared.left);
                let right = self.constants.evaluate(&compared.right);
                match (left.value, right.text()) {
                    (Value::Variable { name, .. }, Some(mode)) if name == MODE => {
                        Some(mode == "development")
                    }
                    (Value::Variable { name, .. }, Some(_)) => {
                        unless.push(name);
                        Some(false)
                    }
                    _ => None,
                }
            }
            test => match self.constants.evaluate(test).value {
                Value::Bool(truth) => Some(truth),
                Value::Variable {
                    name,
                    otherwise: None,
                } if name != MODE => {
                    unless.push(name);
                    Some(false)
                }
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wanted;

    fn told(body: &str) -> Vec<(String, Option<String>)> {
        let text = format!(
            "import {{ createEnv }} from \"@t3-oss/env-nextjs\";\nimport {{ z }} from \"zod\";\nconst shared = {{ S: z.string() }};\nexport const env = createEnv({{\n{body}\n}});\n"
        );
        let all = wanted(&text).into_iter();
        let asked = all.filter(|it| it.is_needed || it.default.is_some());
        asked.map(|it| (it.name, it.default)).collect()
    }

    fn needed(names: &[&str]) -> Vec<(String, Option<String>)> {
        let names = names.iter();
        names.map(|name| ((*name).to_owned(), None)).collect()
    }

    const SERVER: &str = "server: { A: z.url(), O: z.string().optional() },";

    #[test]
    fn all_its_objects_are_checked() {
        let whole = "client: { NEXT_PUBLIC_B: z.string().min(1) }, shared,\nruntimeEnv: { A: process.env.A, O: process.env.O, S: process.env.S, NEXT_PUBLIC_B: process.env.NEXT_PUBLIC_B },";
        assert_eq!(
            told(&format!("{SERVER}{whole}")),
            needed(&["A", "NEXT_PUBLIC_B", "S"])
        );
        let over = "client: { NEXT_PUBLIC_B: z.url() }, experimental__runtimeEnv: { NEXT_PUBLIC_B: process.env.NEXT_PUBLIC_B },";
        assert_eq!(
            told(&format!("{SERVER}{over}")),
            needed(&["A", "NEXT_PUBLIC_B"])
        );
        let default = told("server: { A: z.url().default('http://a') }, runtimeEnv: process.env");
        assert_eq!(default, [("A".to_owned(), Some("http://a".to_owned()))]);
        // Another variable is handed to it.
        let other = "runtimeEnv: { A: process.env.OTHER },";
        assert_eq!(told(&format!("{SERVER}{other}")), needed(&["OTHER"]));
    }

    #[test]
    fn what_is_skipped_or_changed_is_not_told() {
        let told = |more: &str| told(&format!("{SERVER} runtimeEnv: process.env, {more}"));
        for more in [
            "",
            "skipValidation: false",
            "skipValidation: !!process.env.SKIP_ENV_VALIDATION",
            "skipValidation: !!process.env.CI || process.env.npm_lifecycle_event === 'lint'",
            "skipValidation: process.env.NODE_ENV === 'test'",
            "onValidationError: (issues) => { throw new Error('no'); }",
        ] {
            assert_eq!(told(more), needed(&["A"]), "{more}");
        }
        for more in [
            "skipValidation: true",
            "skipValidation: !!1",
            "skipValidation: process.env.NODE_ENV !== 'production'",
            "skipValidation: process.env.NODE_ENV === 'development'",
            "skipValidation: somewhere()",
            "onValidationError: console.error",
            "createFinalSchema: (shape) => z.object(shape).partial()",
            "...more",
        ] {
            assert_eq!(told(more), [], "{more}");
        }
        let text = "import { z } from 'zod';\nexport const env = createEnv({ server: { A: z.url() }, runtimeEnv: process.env });";
        assert_eq!(wanted(text), []);
    }

    #[test]
    fn what_decides_beside_it_is_told() {
        let text = "import { createEnv } from '@t3-oss/env-nextjs';\nimport { z } from 'zod';\nexport const env = createEnv({ server: { A: z.url() }, runtimeEnv: process.env, skipValidation: !!process.env.SKIP, emptyStringAsUndefined: true });";
        let all = wanted(text);
        assert_eq!(all.len(), 1);
        assert!(all[0].ignores_empty);
        assert_eq!(all[0].unless, ["SKIP"]);
    }
}
