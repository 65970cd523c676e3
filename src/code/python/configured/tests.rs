use super::super::{configured_by, read};
use super::*;

#[test]
fn what_configures_an_application_is_named() {
    let path = |level: usize, path: &str| Target::Path {
        level,
        parts: parts_of(path),
    };
    for (text, target) in [
        ("app.config_from_object('a.b')", path(0, "a.b")),
        ("app.config_from_object('a.b:C')", path(0, "a.b.C")),
        ("N = 'a.b'\napp.config_from_object(N)", path(0, "a.b")),
        ("from a import b\napp.config_from_object(b)", path(0, "a.b")),
        ("import a.b as c\napp.config_from_object(c)", path(0, "a.b")),
        ("import a.b\napp.config_from_object(a.b)", path(0, "a.b")),
        ("from . import b\napp.config_from_object(b)", path(1, "b")),
        (
            "from ..a import B as C\ndef f():\n    app.config_from_object(obj=C)",
            path(2, "a.B"),
        ),
        ("Celery('x', config_source='a')", path(0, "a")),
        ("app.config_from_object(__name__)", Target::Own(None)),
        (
            "app.config_from_object(C)",
            Target::Own(Some("C".to_owned())),
        ),
        ("app.config_from_object(make())", Target::Made),
        ("app.config_from_object(f'{x}.y')", Target::Unknown),
        ("app.config_from_envvar('X')", Target::Unknown),
        (
            "app.config_from_object('a', namespace=f())",
            Target::Unknown,
        ),
    ] {
        let taken = read(text).taken;
        let told: Vec<&Target> = taken.iter().map(|it| &it.target).collect();
        assert_eq!(told, [&target], "{text}");
    }
    let text = "N = 'CELERY'\napp.config_from_object('a', namespace=N)";
    assert_eq!(read(text).taken[0].namespace.as_deref(), Some("CELERY"));
}

#[test]
fn what_celery_finds_in_a_module_is_what_it_was_seen_to_find() {
    let of = |text: &str, inner: Option<&str>, namespace: Option<&str>| {
        let configured = configured_by(text, inner, namespace).expect("told");
        let told = configured.brokers.iter().map(|it| match &it.source {
            Source::Text(text) => text.clone(),
            Source::Variables { names, .. } => names.concat(),
            other => format!("{other:?}"),
        });
        let told: Vec<String> = told.collect();
        format!(
            "{}{}",
            told.join(" "),
            ["?", ""][usize::from(configured.is_whole)]
        )
    };
    let celery = Some("CELERY");
    for (text, inner, namespace, told) in [
        ("broker_url = 'a'", None, None, "a"),
        ("broker_url: str = 'a'", None, None, "a"),
        ("BROKER_URL = 'a'", None, None, "a"),
        ("CELERY_BROKER_URL = 'a'", None, None, ""),
        ("BROKER_URL = 'a'\nbroker_url = 'b'", None, None, "b"),
        ("broker_url = 'a'\nbroker_read_url = 'b'", None, None, "b"),
        ("CELERY_BROKER_URL = 'a'", None, celery, "a"),
        ("CELERY_broker_url = 'a'", None, celery, ""),
        (
            "broker_url = 'a'\nCELERY_BROKER_URL = 'b'",
            None,
            celery,
            "b",
        ),
        ("broker_url = 'a'", None, celery, "a"),
        (
            "q_broker_url = 'a'\nQ_BROKER_URL = 'b'",
            None,
            Some("q"),
            "a",
        ),
        ("broker_url = os.environ.get('A')", None, None, "A"),
        ("X = 'a'\nbroker_url = X", None, None, "a"),
        ("broker_url = f'{x}'", None, None, "Other"),
        ("if x:\n    broker_url = 'a'", None, None, "Other"),
        (
            "if x:\n    broker_url = 'a'\nelse:\n    broker_url = 'b'",
            None,
            None,
            "a b",
        ),
        ("from x import *", None, None, "?"),
        ("from x import broker_url", None, None, "?"),
        ("BROKER_HOST = 'a'", None, None, "?"),
        ("def f():\n    broker_url = 'a'", None, None, ""),
        ("class C:\n    broker_url = 'a'", Some("C"), None, "a"),
        (
            "class B:\n    broker_url = 'a'\nclass C(B):\n    x = 1",
            Some("C"),
            None,
            "a",
        ),
        (
            "class B:\n    broker_url = 'a'\nclass C(B):\n    broker_url = 'b'",
            Some("C"),
            None,
            "b",
        ),
        ("class C(X):\n    y = 1", Some("C"), None, "?"),
        ("C = {'broker_url': 'a'}", Some("C"), None, "a"),
        ("C = dict(broker_url='a')", Some("C"), None, "a"),
        ("C = {**x}", Some("C"), None, "?"),
        ("from x import C", Some("C"), None, "?"),
    ] {
        assert_eq!(of(text, inner, namespace), told, "{text}");
    }
    assert!(configured_by("C = make()", Some("C"), None).is_none());
    let results = configured_by("CELERY_RESULT_BACKEND = 'a'", None, None);
    assert_eq!(results.map(|it| it.results.len()), Some(1));
}
