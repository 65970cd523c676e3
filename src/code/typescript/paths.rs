//! Paths as Node joins them.

/// `path.join(…)`, relative to the folder of the configuration; an absolute part begins anew.
pub(super) fn join(parts: &[&str]) -> String {
    let mut joined = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if part.starts_with('/') || joined.is_empty() {
            joined.clear();
        } else {
            joined.push('/');
        }
        joined.push_str(part);
    }
    joined
}
