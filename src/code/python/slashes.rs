//! What a settings class makes of a list of origins.

/// Whether the validator of a list of origins takes the slash off that stands behind one: what stands between its
/// decorator and the next one, or the end of its class.
#[must_use]
pub fn takes_slash_off(settings: &str) -> bool {
    let mut of_list = false;
    for line in settings.lines() {
        let code = line.trim();
        if code.starts_with("@field_validator(") {
            of_list = code.contains("origins\"") || code.contains("origins'");
        } else if code.starts_with('@') && code != "@classmethod" || line.starts_with("class ") {
            of_list = false;
        } else if of_list
            && !code.starts_with('#')
            && (code.contains(".rstrip(\"/\")") || code.contains(".rstrip('/')"))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_validator_of_the_list_counts() {
        let settings = |name: &str, code: &str| {
            format!(
                "class S(BaseSettings):\n    @field_validator(\"{name}\", mode=\"before\")\n    @classmethod\n    def _split(cls, value):\n        return {code}\n"
            )
        };
        let strips = |name: &str, code: &str| takes_slash_off(&settings(name, code));
        assert!(strips("allowed_origins", "value.rstrip(\"/\")"));
        assert!(!strips("allowed_origins", "value.strip()"));
        assert!(!strips("site_url", "value.rstrip(\"/\")"));
        let first = settings("allowed_origins", "value.strip()");
        let other = settings("site_url", "value.rstrip(\"/\")");
        assert!(!takes_slash_off(&format!("{first}\n{other}")));
        assert!(!strips(
            "allowed_origins",
            "value\n\nclass T:\n    a = b.rstrip('/')"
        ));
        let ours = include_str!("../../../templates/workspace/backend/core/settings/security.py");
        assert!(takes_slash_off(ours));
    }
}
