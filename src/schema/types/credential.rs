//! The credentials of the field: what they look like, and for whom they are.

use std::fmt;

use serde::{Deserialize, Serialize};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::env::Claims;

use super::{Misfit, Problem, Url};

/// For whom a Supabase key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupabaseRole {
    /// For browsers: row level security decides what it opens.
    Anon,
    /// For servers: it opens everything.
    ServiceRole,
}

impl SupabaseRole {
    fn claim(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::ServiceRole => "service_role",
        }
    }

    /// Supabase's newer keys say in their prefix what they are.
    fn prefix(self) -> &'static str {
        match self {
            Self::Anon => "sb_publishable_",
            Self::ServiceRole => "sb_secret_",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Anon => Self::ServiceRole,
            Self::ServiceRole => Self::Anon,
        }
    }

    pub(super) fn check(self, value: &str) -> Result<(), Problem> {
        let copy = "copy it from Supabase: Project Settings, API Keys";
        if value.starts_with(self.prefix()) {
            return Ok(());
        }
        if value.starts_with(self.other().prefix()) {
            return Err(Problem::new(
                Misfit::WrongCredential,
                format!(
                    "is a key with `{}`, not with `{}`",
                    self.other().prefix(),
                    self.prefix()
                ),
            )
            .way_out(copy));
        }
        match Claims::of(value) {
            Some(Claims {
                role: Some(role), ..
            }) if role == self.claim() => Ok(()),
            Some(Claims {
                role: Some(role), ..
            }) => Err(Problem::new(
                Misfit::WrongCredential,
                format!("is a key for the role `{role}`, not for `{}`", self.claim()),
            )
            .way_out(copy)),
            _ => Err(Problem::wrong("is no Supabase key").way_out(copy)),
        }
    }
}

impl fmt::Display for SupabaseRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Supabase key ({}… or a JWT with the role {})",
            self.prefix(),
            self.claim()
        )
    }
}

pub(super) fn supabase_url(value: &str) -> Result<(), Problem> {
    Url::default().check(value)?;
    if value.contains("supabase.com/dashboard") || value.contains("app.supabase.com") {
        return Err(
            Problem::wrong("is the address of the dashboard, not of the project")
                .way_out("write https://PROJECT.supabase.co"),
        );
    }
    Ok(())
}

/// A key or an identifier of Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StripeKey {
    /// For servers.
    Secret,
    /// For browsers.
    Publishable,
    /// It verifies webhooks.
    Webhook,
    /// A price of a plan.
    Price,
}

impl StripeKey {
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Secret => &["sk_test_", "sk_live_", "rk_test_", "rk_live_"],
            Self::Publishable => &["pk_test_", "pk_live_"],
            Self::Webhook => &["whsec_"],
            Self::Price => &["price_"],
        }
    }

    pub(super) fn check(self, value: &str) -> Result<(), Problem> {
        if self
            .prefixes()
            .iter()
            .any(|prefix| value.starts_with(prefix))
        {
            return Ok(());
        }
        let of_stripe = ["sk_", "rk_", "pk_", "whsec_", "price_", "prod_"]
            .iter()
            .find(|prefix| value.starts_with(**prefix));
        Err(match of_stripe {
            Some(prefix) => Problem::new(
                Misfit::WrongCredential,
                format!("begins with `{prefix}`, not with `{}`", self.prefixes()[0]),
            ),
            None => Problem::wrong(format!("does not begin with `{}`", self.prefixes()[0])),
        }
        .way_out("copy it from Stripe: Developers, API keys"))
    }
}

impl fmt::Display for StripeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stripe {}…", self.prefixes().join("… or "))
    }
}

pub(super) fn resend(value: &str) -> Result<(), Problem> {
    if value.starts_with("re_") {
        Ok(())
    } else {
        Err(Problem::wrong("does not begin with `re_`").way_out("copy it from Resend: API Keys"))
    }
}

/// A connection string of an Azure storage account: `Name=value` pairs with semicolons between.
pub(super) fn azure(value: &str) -> Result<(), Problem> {
    let copy = "copy it from Azure: Storage account, Access keys";
    let part = |wanted: &str| {
        value
            .split(';')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    };
    if part("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || part("SharedAccessSignature").is_some()
    {
        return Ok(());
    }
    for name in ["AccountName", "AccountKey"] {
        if part(name).is_none_or(str::is_empty) {
            return Err(Problem::wrong(format!("has no {name}")).way_out(copy));
        }
    }
    if part("AccountKey").is_some_and(|key| STANDARD.decode(key).is_err()) {
        return Err(Problem::wrong("has an AccountKey that is not base64").way_out(copy));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supabase_key_must_be_for_the_role_that_is_asked_for() {
        let token = |role: &str| {
            let body = base64::engine::general_purpose::URL_SAFE_NO_PAD
                .encode(format!("{{\"role\":\"{role}\"}}"));
            format!("eyJhbGciOiJIUzI1NiJ9.{body}.c2ln")
        };
        assert_eq!(SupabaseRole::Anon.check(&token("anon")), Ok(()));
        assert_eq!(SupabaseRole::Anon.check("sb_publishable_x"), Ok(()));
        for value in [token("service_role").as_str(), "sb_secret_x"] {
            assert_eq!(
                SupabaseRole::Anon
                    .check(value)
                    .expect_err("for servers")
                    .misfit,
                Misfit::WrongCredential
            );
        }
        assert_eq!(
            SupabaseRole::ServiceRole
                .check("nonsense")
                .expect_err("no key")
                .misfit,
            Misfit::WrongType
        );
    }

    #[test]
    fn storage_accounts_have_a_name_and_a_key() {
        assert_eq!(azure("UseDevelopmentStorage=true"), Ok(()));
        assert_eq!(
            azure(
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YWJj;EndpointSuffix=core.windows.net"
            ),
            Ok(())
        );
        for value in ["", "AccountName=a", "AccountName=a;AccountKey=not base64!"] {
            assert!(azure(value).is_err(), "{value}");
        }
    }
}
