//! `$((…))` with integers, names, `+ - * / %` and parentheses.

/// The value; `None` for what this does not know (and for what bash refuses).
pub(super) fn evaluate(expression: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<i64> {
    let mut reader = Reader {
        text: expression,
        lookup,
        depth: 0,
    };
    if reader.peek().is_none() {
        return Some(0);
    }
    let value = reader.sum()?;
    reader.peek().is_none().then_some(value)
}

struct Reader<'t, F> {
    text: &'t str,
    lookup: F,
    depth: usize,
}

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    fn peek(&mut self) -> Option<char> {
        self.text = self.text.trim_start_matches([' ', '\t', '\n']);
        self.text.chars().next()
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.text = &self.text[wanted.len_utf8()..];
        }
        found
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            if self.accept('+') {
                value = value.wrapping_add(self.product()?);
            } else if self.accept('-') {
                value = value.wrapping_sub(self.product()?);
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.factor()?;
        loop {
            if self.accept('*') {
                value = value.wrapping_mul(self.factor()?);
            } else if self.accept('/') {
                value = value.checked_div(self.factor()?)?;
            } else if self.accept('%') {
                value = value.checked_rem(self.factor()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn factor(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > 200 {
            return None;
        }
        let value = if self.accept('-') {
            self.factor()?.wrapping_neg()
        } else if self.accept('+') {
            self.factor()?
        } else if self.accept('(') {
            let value = self.sum()?;
            self.accept(')').then_some(value)?
        } else {
            self.peek()?;
            let len = self
                .text
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(self.text.len());
            let (token, rest) = self.text.split_at(len);
            self.text = rest;
            self.operand(token)?
        };
        self.depth -= 1;
        Some(value)
    }

    fn operand(&self, token: &str) -> Option<i64> {
        if super::is_name(token) {
            let value = (self.lookup)(token).unwrap_or_default();
            let value = value.trim();
            return if value.is_empty() {
                Some(0)
            } else {
                number(value)
            };
        }
        number(token)
    }
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}
