//! What a program sees of a chain where its own settings, or who starts it, say something of that.

use super::{Origin, Resolved, Shadowed, Variable, order, written};

impl Resolved {
    /// Names that are set to nothing while a weaker place has a value for them, if `ignored` says that the program
    /// takes them for not set there, get that one.
    pub fn pass_over_empty(&mut self, ignored: impl Fn(&str) -> bool) {
        for variable in &mut self.variables {
            if !variable.value.is_empty() {
                continue;
            }
            let Some(at) = variable.shadowed.iter().position(|it| !it.value.is_empty()) else {
                continue;
            };
            if ignored(&variable.name) {
                let weaker = variable.shadowed.split_off(at);
                let mut weaker = weaker.into_iter();
                if let Some(Shadowed { place, value }) = weaker.next() {
                    variable.name = written(&place);
                    (variable.value, variable.origin) = (value, Origin::File(place));
                }
                variable.shadowed = weaker.collect();
            }
        }
    }

    /// What a program of this tier sees that is given more: each of these counts over what it would see otherwise.
    #[must_use]
    pub fn with(&self, given: Vec<Variable>) -> Self {
        let mut variables = self.variables.clone();
        for variable in given {
            let at = variables
                .binary_search_by(|known| order(self.dialect, &known.name, &variable.name));
            match at {
                Ok(at) => variables[at] = variable,
                Err(at) => variables.insert(at, variable),
            }
        }
        Self {
            tier: self.tier.clone(),
            dialect: self.dialect,
            files: Vec::new(),
            absent: Vec::new(),
            variables,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::resolve;
    use crate::env::EnvFile;
    use crate::env::dialect::Dialect;
    use crate::text::Source;

    fn file(path: &str, text: &str) -> EnvFile {
        EnvFile::new(Source::new(path, text))
    }

    #[test]
    fn what_ignores_an_empty_value_gets_the_weaker_one() {
        let files = vec![file("a", "A=1\nB=2\nC=\n"), file("b", "A=\nB=\nC=\n")];
        let process = BTreeMap::from([("A".to_owned(), String::new())]);
        let dialect = Dialect::PydanticSettings;
        let mut resolved = resolve("backend", dialect, files, Vec::new(), &process);
        resolved.pass_over_empty(|name| name != "B");
        let seen = ["A", "B", "C"].map(|name| resolved.value(name));
        assert_eq!(seen, [Some("1"), Some(""), Some("")]);
        let place = resolved.get("A").and_then(|it| it.origin.place());
        assert_eq!(place.map(|it| it.source.path().as_str()), Some("a"));
    }
}
