//! Servers that no variable names, and what they are for.

use super::*;
use crate::gather::session;

#[test]
fn what_nobody_sets_is_not_mended_by_a_new_start() {
    let mut server = server(&[("CELERY_BROKER_URL", "redis://127.0.0.1:6379/2")]);
    let told = |server: Server| {
        let cache = Cache {
            server,
            state: Err(CacheState::AuthRequired),
            holder: None,
        };
        let situation = Situation {
            session: Some(session::Servers {
                ports: vec![6379],
                up: vec![6379],
                down: Vec::new(),
                running: vec![("redis".to_owned(), 6379)],
                alone: true,
            }),
            damaged: Vec::new(),
            clusters: Vec::new(),
            managed: true,
            unmanaged: Vec::new(),
            start: None,
            installed: true,
            environment: Environment::Development,
            of_deployment: false,
        };
        let numbers = Numbers::of(&[cache.counted()]);
        let answer = judge(Answer::default(), &cache, None, &numbers, &situation);
        answer.cures[0].line.clone()
    };
    // What an env file names gets the password as the server starts.
    let start = "pixcrawler dev --servers --detach";
    assert_eq!(told(server.clone()), start);
    let naming = &mut server.named[0];
    naming.origin = place::DEFAULT.to_owned();
    naming.places = vec![(naming.variable.clone(), place::DEFAULT.to_owned())];
    naming.meant = Some("redis://127.0.0.1:6379/2".to_owned());
    let set = "pixcrawler env set --tier backend CELERY_BROKER_URL=redis://127.0.0.1:6379/2";
    let line = told(server);
    assert!(line.starts_with(set), "{line}");
}

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
