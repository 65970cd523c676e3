//! The types of variables, as a schema names them.

use crate::schema::options::VariableOptions;
use crate::schema::types::{Kind, NAMES, PostgresUrl, Range, StripeKey, SupabaseRole, Text, Url};
use crate::text::{nearest, or_list};

use super::SchemaReader;

impl SchemaReader<'_> {
    /// The type of a variable; mistakes become findings, and the type any text.
    pub(super) fn kind(&mut self, written: &VariableOptions) -> Kind {
        let range = Range {
            min: written.min,
            max: written.max,
        };
        match written.kind.get_ref().as_str() {
            "csv" => Kind::Csv(Box::new(self.element(written))),
            "json-list" => Kind::JsonList(Box::new(self.element(written))),
            "string" => Kind::Text(Text {
                min_length: written.min_length,
                max_length: written.max_length,
                prefix: written.prefix.clone(),
                one_of: written.one_of.clone(),
            }),
            "url" => Kind::Url(Url {
                schemes: written.schemes.clone().unwrap_or_default(),
            }),
            "postgres-url" => Kind::PostgresUrl(PostgresUrl {
                driver: written.driver.clone(),
            }),
            "supabase-key" => match self.role(written, &["anon", "service_role"]) {
                Some(0) => Kind::SupabaseKey(SupabaseRole::Anon),
                _ => Kind::SupabaseKey(SupabaseRole::ServiceRole),
            },
            "stripe-key" => Kind::StripeKey(
                match self.role(written, &["secret", "publishable", "webhook", "price"]) {
                    Some(1) => StripeKey::Publishable,
                    Some(2) => StripeKey::Webhook,
                    Some(3) => StripeKey::Price,
                    _ => StripeKey::Secret,
                },
            ),
            name => self.simple(name, range, written.kind.span()),
        }
    }

    /// A type that needs nothing but its name and a range.
    fn simple(&mut self, name: &str, range: Range, span: std::ops::Range<usize>) -> Kind {
        match name {
            "string" => Kind::Text(Text::default()),
            "int" => Kind::Int(range),
            "float" => Kind::Float(range),
            "bool" => Kind::Bool,
            "url" => Kind::Url(Url::default()),
            "origin" => Kind::Origin,
            "redis-url" => Kind::RedisUrl,
            "redis-urls" => Kind::RedisUrls,
            "host" => Kind::Host,
            "port" => Kind::Port(Range::port(range.min, range.max)),
            "email" => Kind::Email,
            "path" => Kind::Path,
            "json" => Kind::Json,
            "duration" => Kind::Duration,
            "supabase-url" => Kind::SupabaseUrl,
            "resend-key" => Kind::ResendKey,
            "azure-connection-string" => Kind::AzureConnectionString,
            unknown => {
                let help = nearest(unknown, NAMES.iter().copied()).map_or_else(
                    || format!("the types are {}", or_list(NAMES)),
                    |near| format!("did you mean `{near}`?"),
                );
                self.complain(span, format!("unknown type `{unknown}`"), help);
                Kind::Text(Text::default())
            }
        }
    }

    fn element(&mut self, written: &VariableOptions) -> Kind {
        match &written.of {
            Some(of) => self.simple(of.get_ref(), Range::default(), of.span()),
            None => Kind::Text(Text {
                one_of: written.one_of.clone(),
                ..Text::default()
            }),
        }
    }

    fn role(&mut self, written: &VariableOptions, known: &[&str]) -> Option<usize> {
        let Some(role) = &written.role else {
            self.complain(
                written.kind.span(),
                format!("`{}` needs a role", written.kind.get_ref()),
                format!("add role = \"{}\"", known.join("\" or \"")),
            );
            return None;
        };
        let found = known.iter().position(|known| known == role.get_ref());
        if found.is_none() {
            self.complain(
                role.span(),
                format!("unknown role `{}`", role.get_ref()),
                format!("write {}", or_list(known)),
            );
        }
        found
    }
}
