//! Every rule there is, for `explain`, SARIF and the documentation.

use crate::diagnostic::Rule;
use crate::{doctor, env, health, migration, schema, service, toolchain, workspace};

/// All rules, by code.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    let parts: [&[&'static Rule]; 15] = [
        env::RULES,
        schema::RULES,
        workspace::RULES,
        toolchain::RULES,
        service::RULES,
        service::assemble::RULES,
        service::moved::RULES,
        service::ports::RULES,
        service::claimed::RULES,
        service::listening::RULES,
        service::startable::RULES,
        health::RULES,
        migration::RULES,
        migration::lint::RULES,
        migration::alembic::RULES,
    ];
    let mut rules: Vec<&'static Rule> = parts.into_iter().flatten().copied().collect();
    rules.extend(doctor::rules());
    rules.sort_by_key(|rule| rule.code);
    rules
}

#[cfg(test)]
mod tests {
    use super::rules;

    #[test]
    fn codes_are_unique_and_every_rule_explains_itself() {
        let rules = rules();
        assert!(
            rules.windows(2).all(|pair| pair[0].code < pair[1].code),
            "a code comes twice"
        );
        for rule in rules {
            assert!(
                rule.code.contains('/')
                    && !rule.summary.ends_with('.')
                    && rule.text.contains("Way out"),
                "{}",
                rule.code
            );
        }
    }
}
