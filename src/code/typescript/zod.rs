//! What a module that checks the environment with zod wants of each variable: `NAME: z.url()`, and `.default(…)`.
//!
//! The same of `createEnv` of `@t3-oss/env-nextjs`, which applies such chains itself.
//!
//! Only chains that are known through and through are told, of a schema that the module itself applies when it is
//! loaded, in development. Of all else nothing is said.

mod calls;
mod chain;
mod forms;
mod options;
mod pattern;
mod shapes;
mod t3;
mod takes;

use super::evaluate::{Constants, span};
use super::with_module;
use chain::{DEPTH, Module, first, method};
pub use shapes::Wanted;
use shapes::{of, read, variable};
pub use takes::Takes;

/// What a module wants, in order.
#[must_use]
pub fn wanted(text: &str) -> Vec<Wanted> {
    with_module(text, |program| {
        let module = Module {
            text,
            program,
            constants: Constants::of(program),
        };
        let found = module.wanted();
        if found.is_empty() {
            return t3::wanted(&module).unwrap_or_default();
        }
        found
    })
}

impl Module<'_> {
    fn wanted(&self) -> Vec<Wanted> {
        let mut found: Vec<Wanted> = Vec::new();
        for call in self.checks() {
            let Some(((schema, _), given)) = method(call).zip(first(call)) else {
                continue;
            };
            let given = self.constants.evaluate(given);
            let wanted = if let Some(fields) = self.fields(schema, DEPTH) {
                self.among(&fields, |name| read(&given, name))
            } else {
                // `z.string().parse(process.env.NAME)`
                let single = self.need(schema, DEPTH).zip(variable(&given));
                let offset = span(call).start;
                single
                    .map(|(need, stand)| of(need, stand, offset))
                    .into_iter()
                    .collect()
            };
            // Several schemas may have one variable, as NODE_ENV.
            for one in wanted {
                let same = found.iter_mut().find(|it| it.name == one.name);
                match same {
                    Some(known) if one.is_needed && !known.is_needed => *known = one,
                    Some(known) if !known.is_needed && !known.takes.asks() && one.takes.asks() => {
                        *known = one;
                    }
                    Some(_) => {}
                    None => found.push(one),
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, Option<String>)> {
        let all = wanted(text).into_iter();
        let asked = all.filter(|it| it.is_needed || it.default.is_some());
        asked.map(|it| (it.name, it.default)).collect()
    }

    fn module(shape: &str, end: &str) -> String {
        format!(
            "import {{ z }} from \"zod\";\nconst filled = z.string().min(1);\nconst form = /^a$/i;\nconst text = () => z.string();\nconst flag = (d) => z.enum(['a', 'b']).default(d ? 'a' : 'b');\nconst envSchema = z.object({{\n{shape}\n}});\n{end}\n"
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
            "z.coerce.number()",
            "z.coerce.number().int().positive()",
            "z.coerce.date()",
            "z.string().transform((it) => it.split(','))",
            "z.string().transform(Number).pipe(z.number())",
            "z.string().nullable()",
            "z.nullable(z.string())",
            "z.stringbool()",
            "z.literal('a')",
            "z.url().or(z.literal(''))",
            "z.union([z.url(), z.email()])",
            "z.number()",
            "filled",
            "text()",
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
            "z.coerce.string()",
            "z.coerce.boolean()",
            "z.coerce.number().optional()",
            "z.optional(z.string())",
            "filled.optional()",
            "z.string().optional().transform((it) => it ?? '')",
            "z.string().default('1').transform(Number).pipe(z.number())",
            "z.union([z.url(), z.undefined()])",
            "z.union([z.url(), z.string().optional()])",
            "flag(true)",
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
            "const { success } = envSchema.safeParse(process.env);\nif (success === false) {\n  console.error('no');\n  process.exit(1);\n}",
            "export const env = typeof window === 'undefined' ? envSchema.parse(process.env) : {};",
            "const check = () => envSchema.parse(process.env);\ncheck();",
            "function check() {\n  try {\n    return envSchema.parse({ A: process.env.A });\n  } catch (error) {\n    throw error;\n  }\n}\nexport const env = check();",
            "export const env = check();\nfunction check() {\n  const parsed = envSchema.safeParse(process.env);\n  if (!parsed.success) process.exit(1);\n  return parsed.data;\n}",
        ] {
            assert_eq!(told(end), needed, "{end}");
        }
        for end in [
            "",
            "export const check = () => envSchema.parse(process.env);",
            "const result = envSchema.safeParse(process.env);",
            "const result = envSchema.safeParse(process.env);\nif (!skip && !result.success) throw new Error('no');",
            "const result = envSchema.safeParse(process.env);\nif (!result.success) {\n  if (strict) throw new Error('no');\n}",
            "const result = envSchema.safeParse(process.env);\nfunction later() { throw new Error('no'); }",
            "export const env = process.env.SKIP ? process.env : envSchema.parse(process.env);",
            "envSchema.parse(values);",
            "envSchema.partial().parse(process.env);",
            "if (strict) envSchema.parse(process.env);",
            "function check() {\n  if (skip) return {};\n  return envSchema.parse(process.env);\n}\ncheck();",
            "function check() {\n  try {\n    return envSchema.parse(process.env);\n  } catch {\n    return {};\n  }\n}\ncheck();",
        ] {
            assert_eq!(told(end), [], "{end}");
        }
        let renamed = told("envSchema.parse({ A: process.env.B });");
        assert_eq!(renamed, [("B".to_owned(), None)]);
        let single = told("z.string().parse(process.env.C);");
        assert_eq!(single, [("C".to_owned(), None)]);
        let instead = told("envSchema.parse({ A: process.env.A ?? 'http://b' });");
        assert_eq!(instead, [("A".to_owned(), Some("http://b".to_owned()))]);
    }

    #[test]
    fn a_schema_has_the_variables_of_those_that_it_is_made_of() {
        let told = |schema: &str| {
            let text = format!(
                "import {{ z }} from 'zod';\nconst server = {{ A: z.string(), O: z.string().optional() }} satisfies Record<string, unknown>;\nconst client = z.object({{ B: z.url() }});\nexport const env = {schema}.parse(process.env);\n"
            );
            let names = told(&text).into_iter().map(|it| it.0);
            names.collect::<Vec<_>>().join(" ")
        };
        for (schema, names) in [
            ("z.object(server)", "A"),
            ("z.object({ ...server, ...client.shape })", "A B"),
            ("z.object({ ...server, A: z.string().optional() })", ""),
            ("z.object(server).merge(client)", "A B"),
            ("z.object(server).and(client)", "A B"),
            ("client.extend(server)", "B A"),
            ("client.extend({ B: z.url().optional() })", ""),
            ("z.object(server).pick({ O: true })", ""),
            ("z.object(server).omit({ O: true })", "A"),
            ("z.object(server).partial()", ""),
            ("z.object(server).partial({ O: true })", "A"),
            ("z.object(server).required()", "A O"),
            ("z.object({ ...elsewhere, A: z.string() })", ""),
            ("z.object(server).catchall(z.string())", ""),
        ] {
            assert_eq!(told(schema), names, "{schema}");
        }
    }

    #[test]
    fn a_value_is_judged_where_the_chain_is_clear() {
        let refuses = |chain: &str, value: &str| {
            let all = wanted(&module(&format!("A: {chain},"), PARSED));
            let one = all.iter().find(|it| it.name == "A");
            one.and_then(|it| it.takes.refuses(value))
        };
        for (chain, value, wanted) in [
            ("z.url().optional()", "", "a URL"),
            ("z.url().default('http://a')", "", "a URL"),
            ("z.string().min(1).optional()", "", "at least 1 character"),
            ("z.email()", "nobody", "an e-mail address"),
            ("z.enum(['a', 'b'])", "c", "a or b"),
            (
                "z.string().startsWith('sk_')",
                "pk_1",
                "what begins with sk_",
            ),
            ("z.coerce.number()", "ten", "a number"),
            ("z.coerce.number().min(1)", "", "a number from 1 on"),
            ("z.string().length(2)", "abc", "at most 2 characters"),
            ("z.string().regex(/^a$/)", "b", "what matches /^a$/"),
            ("z.string().regex(form)", "b", "what matches /^a$/i"),
            ("z.uuid()", "123e4567-e89b-92d3-a456-426614174000", "a UUID"),
            ("z.string().uuid()", "x", "a UUID"),
            ("z.email()", "a@b", "an e-mail address"),
            ("z.url().or(z.literal(''))", "x", "a URL or an empty text"),
            (
                "z.union([z.url(), z.email()]).optional()",
                "x",
                "a URL or an e-mail address",
            ),
            (
                "z.number().optional()",
                "3",
                "a number, and a variable is a text",
            ),
            (
                "z.boolean().default(false)",
                "true",
                "a boolean, and a variable is a text",
            ),
            (
                "z.url({ protocol: /^https$/, message: 'no' })",
                "http://a",
                "a URL whose scheme matches /^https$/",
            ),
        ] {
            let told = refuses(chain, value);
            assert_eq!(told.as_deref(), Some(wanted), "{chain}");
        }
        for (chain, value) in [
            ("z.string().optional()", ""),
            ("z.url().or(z.literal(''))", ""),
            ("z.string().min(1).catch('x')", ""),
            ("z.preprocess((it) => it || undefined, z.url())", ""),
            ("z.string().transform(Number).pipe(z.number().min(5))", "3"),
            ("z.string().regex(/^(?!b)/)", "b"),
            ("z.string().uuid()", "123e4567-e89b-92d3-a456-426614174000"),
            ("z.email({ pattern: z.regexes.html5Email })", "a@b"),
            ("z.union([z.number(), z.string()])", "b"),
            ("z.string().or(known)", ""),
            ("z.url({ protocol: /^https$/ })", "https://a"),
            ("z.coerce.number().min(1)", "3"),
        ] {
            assert_eq!(refuses(chain, value), None, "{chain}");
        }
        let is_sure = |chain: &str, value: &str| {
            let all = wanted(&module(&format!("A: {chain},"), PARSED));
            let one = all.iter().find(|it| it.name == "A");
            one.is_some_and(|it| it.takes.is_sure_of(value))
        };
        for (chain, value) in [
            ("z.string().optional()", "x"),
            ("z.string().min(1).describe('x')", "x"),
            ("z.url()", "file:./dev.db"),
            ("z.email().or(z.string())", "x"),
            ("z.url({ protocol: /^mysql$/ })", "mysql://h/d"),
        ] {
            assert!(is_sure(chain, value), "{chain}");
        }
        for chain in [
            "z.string().refine(is)",
            "z.string().transform(made)",
            "z.string().regex(/^(?!b)/)",
            "z.nativeEnum(Kinds)",
            "known",
        ] {
            assert!(!is_sure(chain, "x"), "{chain}");
        }
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
        let left_out = of("RESEND_API_KEY").expect("it is judged");
        assert!(!left_out.is_needed && left_out.takes.refuses("").is_some());
    }
}
