//! Servers that no variable names, and what they are for.

use super::*;

#[test]
fn what_celery_calls_its_backend_is_where_results_go() {
    for (variable, role) in [
        ("BACKEND_URL", Role::Result),
        ("CELERY_RESULT_BACKEND", Role::Result),
        ("CACHE_BACKEND", Role::Cache),
        ("CELERY_BROKER_URL", Role::Broker),
        ("REDIS_URL", Role::Other),
    ] {
        assert_eq!(Role::of(variable), role, "{variable}");
    }
}
