//! The readable part of a JSON Web Token: Supabase's older keys say in it who they are for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// What a Supabase key claims. The signature is not checked: that is the server's business.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// `anon` or `service_role`.
    pub role: Option<String>,
    /// The project's reference, the first label of its host name.
    #[serde(rename = "ref")]
    pub project: Option<String>,
    /// Who issued it: `supabase`, or `supabase-demo` for local projects.
    #[serde(rename = "iss")]
    pub issuer: Option<String>,
    /// When it ends, as it is written.
    #[serde(rename = "exp", default)]
    end: Option<serde_json::Value>,
}

impl Claims {
    /// The claims of a token, or none when the text is no token.
    #[must_use]
    pub fn of(token: &str) -> Option<Self> {
        let mut parts = token.trim().split('.');
        let (head, body, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !head.starts_with("ey") || signature.is_empty() {
            return None;
        }
        let body = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&body).ok()
    }

    /// When it ends, in seconds since 1970.
    #[must_use]
    pub fn end(&self) -> Option<i64> {
        let end = self.end.as_ref()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "parts of a second mean nothing"
        )]
        let whole = |seconds: f64| seconds as i64;
        end.as_i64().or_else(|| end.as_f64().map(whole))
    }

    /// Whether the token opens everything, past all row level security.
    #[must_use]
    pub fn is_service_role(&self) -> bool {
        self.role.as_deref() == Some("service_role")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_and_the_project_are_read() {
        let body =
            URL_SAFE_NO_PAD.encode(r#"{"iss":"supabase","ref":"abcdefgh","role":"service_role"}"#);
        let claims = Claims::of(&format!("eyJhbGciOiJIUzI1NiJ9.{body}.c2ln")).expect("a token");
        assert!(claims.is_service_role());
        assert_eq!(claims.project.as_deref(), Some("abcdefgh"));
        assert_eq!(Claims::of("eyJ.not-base64!.x"), None);
        assert_eq!(Claims::of("plain"), None);
    }
}
