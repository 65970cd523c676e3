//! Applications that are given their broker by a table, by `setattr`, or by what is written into the environment.

use super::loaded::place;

#[test]
fn an_application_is_given_what_its_tables_have() {
    let set = "REDIS_URL=redis://127.0.0.1:44080/1\n";
    for app in [
        "conf = dict(broker=os.environ['REDIS_URL'])\napp = Celery('x', **conf)",
        "app = Celery('x')\nsetattr(app.conf, 'broker_url', os.environ['REDIS_URL'])",
    ] {
        let check = place(app, set).check("celery", &[]);
        check.fails_with(
            "celery/unread-broker",
            "`REDIS_URL` is set in backend/.env, which the worker",
        );
    }
    // One that is given nothing has Celery's own broker.
    for app in ["app = Celery('x', **{})", "app = Celery('x', None, None)"] {
        let check = place(app, "").check("celery", &[]);
        assert!(!check.text().contains("6379"), "{app}: {}", check.text());
        assert!(
            check.text().contains("the code gives Celery no broker"),
            "{app}: {}",
            check.text()
        );
    }
    for app in [
        "os.environ['CELERY_BROKER_URL'] = 'redis://127.0.0.1:44081/2'\napp = Celery('x')",
        "os.environ.update(CELERY_BROKER_URL='redis://127.0.0.1:44081/2')\napp = Celery('x')",
        "os.environ.setdefault('CELERY_BROKER_URL', 'redis://127.0.0.1:44081/2')\napp = Celery('x')",
    ] {
        let check = place(app, "").check("celery", &[]);
        let told = check.text();
        assert!(told.contains("127.0.0.1:44081/2"), "{app}: {told}");
        assert!(!told.contains("gives Celery no broker"), "{app}: {told}");
    }
}
