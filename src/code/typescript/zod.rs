//! What a module that checks the environment with zod wants of each variable: `NAME: z.url()`, and `.default(…)`.
//!
//! The same of `createEnv` of `@t3-oss/env-nextjs`, which applies such chains itself.
//!
//! Only chains that are known through and through are told, of a schema that the module itself applies when it is
//! loaded, in development. Of all else nothing is said.

mod chain;
mod t3;

use oxc_ast::ast::{CallExpression, Declaration, Expression, ObjectExpression, Statement};

use super::evaluate::{Constants, span};
use super::with_module;
pub use chain::Wanted;
use chain::{DEPTH, Module, expressions, method, read, throws};

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

/// What a module wants, in order.
#[must_use]
pub fn wanted(text: &str) -> Vec<Wanted> {
    with_module(text, |program| {
        let module = Module {
            text,
            program,
            constants: Constants::of(program),
        };
        let wanted = module.wanted().or_else(|| t3::wanted(&module));
        wanted.unwrap_or_default()
    })
}

impl<'a> Module<'a> {
    fn wanted(&self) -> Option<Vec<Wanted>> {
        let checked = self.checked()?;
        let shape = self.shape(method(checked)?.0, DEPTH)?;
        let given = checked.arguments.first()?.as_expression()?;
        let given = self.constants.evaluate(given);
        self.among(shape, |name| read(&given, name))
    }

    /// The call of `parse` that the module makes when it is loaded, if the module ends where that fails.
    fn checked(&self) -> Option<&'a CallExpression<'a>> {
        self.program
            .body
            .iter()
            .flat_map(expressions)
            .find_map(|it| {
                let Expression::CallExpression(call) = it.get_inner_expression() else {
                    return None;
                };
                if let Some(fails) = self.parses(call) {
                    return (fails || throws(self.text)).then_some(&**call);
                }
                let Expression::Identifier(name) = &call.callee else {
                    return None;
                };
                self.in_function(name.name.as_str())
            })
    }

    /// Whether a call applies a schema of ours, and throws by itself.
    fn parses(&self, call: &'a CallExpression<'a>) -> Option<bool> {
        let (object, name) = method(call)?;
        let fails = match name {
            "parse" => true,
            "safeParse" => false,
            _ => return None,
        };
        self.shape(object, DEPTH).map(|_| fails)
    }

    /// The same in a function that is called then, as the first thing that it does.
    fn in_function(&self, name: &str) -> Option<&'a CallExpression<'a>> {
        let mut functions = self.program.body.iter().filter_map(|it| match it {
            Statement::FunctionDeclaration(function) => Some(function),
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => Some(function),
                _ => None,
            },
            _ => None,
        });
        let is_it = |id: &oxc_ast::ast::BindingIdentifier<'_>| id.name.as_str() == name;
        let function = functions.find(|it| it.id.as_ref().is_some_and(is_it))?;
        let mut statements = &function.body.as_ref()?.statements;
        if let [Statement::TryStatement(attempt)] = statements.as_slice() {
            let handler = span(&**attempt.handler.as_ref()?);
            let handler = self.text.get(handler.start..handler.end)?;
            if !throws(handler) {
                return None;
            }
            statements = &attempt.block.body;
        }
        let first = match statements.first()? {
            Statement::ReturnStatement(end) => end.argument.as_ref()?,
            Statement::VariableDeclaration(declaration) => {
                declaration.declarations.first()?.init.as_ref()?
            }
            _ => return None,
        };
        let Expression::CallExpression(call) = first.get_inner_expression() else {
            return None;
        };
        let fails = self.parses(call)?;
        let whole = span(&**function);
        let whole = self.text.get(whole.start..whole.end)?;
        (fails || throws(whole)).then_some(&**call)
    }

    /// The variables of a schema: `z.object({…})`, or the name of one.
    fn shape(&self, schema: &'a Expression<'a>, depth: usize) -> Option<&'a ObjectExpression<'a>> {
        let depth = depth.checked_sub(1)?;
        match schema.get_inner_expression() {
            Expression::Identifier(name) => self.shape(self.constants.get(&name.name)?, depth),
            Expression::CallExpression(call) => {
                let (object, name) = method(call)?;
                if KEEP.contains(&name) {
                    return self.shape(object, depth);
                }
                let is_it = self.is_zod(object) && OBJECTS.contains(&name);
                match call.arguments.first().filter(|_| is_it)?.as_expression()? {
                    Expression::ObjectExpression(shape) => Some(shape),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, Option<String>)> {
        let all = wanted(text).into_iter();
        all.map(|it| (it.name, it.default)).collect()
    }

    fn module(shape: &str, end: &str) -> String {
        format!(
            "import {{ z }} from \"zod\";\nconst envSchema = z.object({{\n{shape}\n}});\n{end}\n"
        )
    }

    const PARSED: &str = "export const env = envSchema.parse(process.env);";

    #[test]
    fn a_chain_says_what_is_needed() {
        let need = |chain: &str| told(&module(&format!("A: {chain},"), PARSED)).pop();
        let needed = |default: Option<&str>| Some(("A".to_owned(), default.map(str::to_owned)));
        for chain in [
            "z.url()",
            "z.string().min(1, 'why').url()",
            "z.enum(['a', 'b'])",
        ] {
            assert_eq!(need(chain), needed(None), "{chain}");
        }
        for chain in [
            "z.url().default(\"http://a\")",
            "z.string().url('w').default('http://a')",
            "process.env.NODE_ENV === \"production\" ? z.url() : z.url().default(`http://a`)",
            "process.env.NODE_ENV !== \"production\" ? z.url().default('http://a') : z.url()",
        ] {
            assert_eq!(need(chain), needed(Some("http://a")), "{chain}");
        }
        for chain in [
            "z.url().optional()",
            "z.url().nullish()",
            "z.url().catch('x')",
            "z.url().or(z.literal(''))",
            "z.coerce.string()",
            "z.coerce.number()",
            "z.preprocess((x) => x, z.url())",
            "z.url().default(other)",
            "z.url().default('a').transform((x) => x + 'b')",
            "optional(z.url())",
            "y.url()",
            "somewhere ? z.url() : z.url()",
        ] {
            assert_eq!(need(chain), None, "{chain}");
        }
    }

    #[test]
    fn only_what_is_checked_when_the_module_is_loaded_counts() {
        let told = |end: &str| told(&module("A: z.url(),", end));
        let needed = [("A".to_owned(), None)];
        for end in [
            PARSED,
            "const { A } = envSchema.strict().parse({ A: process.env.A });",
            "const result = envSchema.safeParse({ A: process.env.A, B: 1 });\nif (!result.success) throw new Error('no');",
            "envSchema.parse({ ...process.env, B: 'x' });",
            "function check() {\n  try {\n    return envSchema.parse({ A: process.env.A });\n  } catch (error) {\n    throw error;\n  }\n}\nexport const env = check();",
            "export const env = check();\nfunction check() {\n  const parsed = envSchema.safeParse(process.env);\n  if (!parsed.success) process.exit(1);\n  return parsed.data;\n}",
        ] {
            assert_eq!(told(end), needed, "{end}");
        }
        for end in [
            "",
            "export const check = () => envSchema.parse(process.env);",
            "const result = envSchema.safeParse(process.env);",
            "envSchema.parse({ A: process.env.B });",
            "envSchema.parse(values);",
            "envSchema.partial().parse(process.env);",
            "if (strict) envSchema.parse(process.env);",
            "function check() {\n  if (skip) return {};\n  return envSchema.parse(process.env);\n}\ncheck();",
            "function check() {\n  try {\n    return envSchema.parse(process.env);\n  } catch {\n    return {};\n  }\n}\ncheck();",
        ] {
            assert_eq!(told(end), [], "{end}");
        }
        let instead = told("envSchema.parse({ A: process.env.A ?? 'http://b' });");
        assert_eq!(instead, [("A".to_owned(), Some("http://b".to_owned()))]);
    }

    #[test]
    fn the_starter_says_where_its_variables_are_wanted() {
        let text = include_str!("../../../templates/workspace/frontend/lib/env.ts");
        let all = wanted(text);
        let of = |name: &str| all.iter().find(|it| it.name == name);
        let default = of("NEXT_PUBLIC_API_URL").and_then(|it| it.default.as_deref());
        assert_eq!(default, Some("http://localhost:8000/api/v1"));
        let needed = of("NEXT_PUBLIC_SUPABASE_URL").expect("it is needed");
        assert_eq!(needed.default, None);
        assert!(text[needed.offset..].starts_with("NEXT_PUBLIC_SUPABASE_URL: z.url()"));
        assert_eq!(of("RESEND_API_KEY"), None);
    }
}
