//! What Celery is given, followed.

use super::super::read;
use super::*;

fn of(text: &str) -> Vec<(Source, bool)> {
    let given = read(text).brokers.into_iter();
    given.map(|it| (it.source, it.is_direct)).collect()
}

#[test]
fn what_an_application_is_given_is_followed() {
    let one = |text: &str| match of(text).as_slice() {
        [(source, true)] => source.clone(),
        other => panic!("{text}: {other:?}"),
    };
    let attribute = |owner: Option<&str>| Source::Attribute {
        name: "broker_url".to_owned(),
        owner: owner.map(str::to_owned),
    };
    let variables = |names: &[&str], default: Option<&str>| Source::Variables {
        names: names.iter().map(|it| (*it).to_owned()).collect(),
        default: default.map(str::to_owned),
    };
    for (text, source) in [
        (
            "app.conf.update(broker_url=str(settings.celery.broker_url))",
            attribute(Some("celery")),
        ),
        (
            "app.conf.broker_url = settings.broker_url.unicode_string()",
            attribute(None),
        ),
        (
            "app.conf['broker_url'] = settings.broker_url",
            attribute(None),
        ),
        (
            "app = Celery('x', broker='redis://h/1')",
            Source::Text("redis://h/1".to_owned()),
        ),
        (
            "URL = 'redis://h/1'\napp = Celery('x', broker=URL)",
            Source::Text("redis://h/1".to_owned()),
        ),
        (
            "conf = dict(broker=os.environ['A'])\napp = Celery('x', **conf)",
            variables(&["A"], None),
        ),
        (
            "app = Celery('x', **{'broker': 'redis://h/1', 'backend': B})",
            Source::Text("redis://h/1".to_owned()),
        ),
        (
            "app = Celery('x', None, B, None, None, None, None, True, None, 'redis://h/1')",
            Source::Text("redis://h/1".to_owned()),
        ),
        ("app = Celery('x', **settings.celery)", Source::Other),
        ("app = Celery(*given)", Source::Other),
        (
            "conf = {}\nconf['broker'] = x\napp = Celery('x', **conf)",
            Source::Other,
        ),
        (
            "app = Celery('x', broker=os.environ['A'], **options)",
            variables(&["A"], None),
        ),
        (
            "setattr(app.conf, 'broker_url', os.environ['A'])",
            variables(&["A"], None),
        ),
        (
            "app = Celery('x', broker=os.environ['A'])",
            variables(&["A"], None),
        ),
        (
            "app = Celery('x', broker=environ.get('A', 'redis://h'))",
            variables(&["A"], Some("redis://h")),
        ),
        (
            "app = Celery('x', broker=os.getenv('A') or os.getenv('B', default='d'))",
            variables(&["A", "B"], Some("d")),
        ),
        ("app = Celery('x', broker=f'redis://{host}')", Source::Other),
        ("A = 1\nA = 2\napp = Celery('x', broker=A)", Source::Other),
        (
            "def make():\n    url = os.environ['A']\n    return Celery('x', broker=url)",
            variables(&["A"], None),
        ),
    ] {
        assert_eq!(one(text), source, "{text}");
    }
}

#[test]
fn what_an_application_is_brought_up_to_date_with_is_given_directly() {
    let given = Source::Text("redis://h/1".to_owned());
    for text in [
        "app.conf.update({'broker_url': 'redis://h/1'})",
        "app.conf.update(dict(broker_url='redis://h/1'))",
        "app.conf.update(**{'broker_url': 'redis://h/1'})",
        "TABLE = {'broker_url': 'redis://h/1'}\napp.conf.update(TABLE)",
        "conf = app.conf\nconf.update(broker_url='redis://h/1')",
        "conf: Settings = app.conf\nconf.broker_url = 'redis://h/1'",
        "def f(app):\n    c = app.conf\n    c['broker_url'] = 'redis://h/1'\ndef g(app):\n    c = app.conf",
        // Workers look there first.
        "app = Celery('x', broker='redis://h/2')\napp.conf.broker_read_url = 'redis://h/1'",
        "app.conf.update(broker_url=make(), broker_read_url='redis://h/1')",
    ] {
        let direct = of(text).into_iter().filter(|(_, is_direct)| *is_direct);
        let direct: Vec<Source> = direct.map(|(source, _)| source).collect();
        assert_eq!(direct, std::slice::from_ref(&given), "{text}");
    }
    // A name that is something else, too, is none for it.
    let other = of("conf = app.conf\nconf = {}\nconf.update(broker_url='redis://h/1')");
    assert!(!other.iter().any(|(_, is_direct)| *is_direct), "{other:?}");
    let queues = read("conf = app.conf\nconf.broker_write_url = 'redis://h/1'\n").queues;
    assert_eq!(queues[0].source, given);
    let computed = of("app.conf.update({'broker_url': str(s.broker_url).replace('2', '5')})");
    assert!(computed.contains(&(Source::Other, true)), "{computed:?}");
}

#[test]
fn what_stands_in_tables_is_found() {
    let text = "def config(self):\n    return {'broker_url': self.broker_url, 'x': 1}\n";
    assert_eq!(
        of(text),
        [(
            Source::Attribute {
                name: "broker_url".to_owned(),
                owner: None
            },
            false
        )]
    );
    assert!(!of("broker_url = 'redis://h/1'\n")[0].1);
    // A field of settings is none.
    assert_eq!(
        of("class S(BaseSettings):\n    broker_url: str = 'x'\n"),
        []
    );
    let results = read("app = Celery('x', backend='rpc://')").results;
    assert_eq!(results[0].source, Source::Text("rpc://".to_owned()));
}

#[test]
fn what_is_written_into_the_environment_is_what_is_read_there() {
    let direct = |text: &str| {
        let mut all = of(text);
        all.retain(|(_, is_direct)| *is_direct);
        match all.as_slice() {
            [(source, true)] => source.clone(),
            other => panic!("{text}: {other:?}"),
        }
    };
    let given = Source::Text("redis://h/1".to_owned());
    for text in [
        "os.environ['CELERY_BROKER_URL'] = 'redis://h/1'\napp = Celery('x')",
        "os.environ.update(CELERY_BROKER_URL='redis://h/1')",
        "os.environ.update({'CELERY_BROKER_URL': 'redis://h/1'})",
        "os.environ |= {'CELERY_BROKER_URL': 'redis://h/1'}",
        "environ['A'] = 'redis://h/1'\napp = Celery('x', broker=os.getenv('A', 'b'))",
    ] {
        assert_eq!(direct(text), given, "{text}");
    }
    let set = "os.environ.setdefault('CELERY_BROKER_URL', 'redis://h/1')";
    let or_set = Source::Variables {
        names: vec!["CELERY_BROKER_URL".to_owned()],
        default: Some("redis://h/1".to_owned()),
    };
    assert_eq!(direct(set), or_set);
    let set = "os.environ.setdefault('CELERY_BROKER_URL', str(settings.celery.broker_url))";
    let from_settings = Source::Attribute {
        name: "broker_url".to_owned(),
        owner: Some("celery".to_owned()),
    };
    assert_eq!(direct(set), from_settings);
    // Nobody but the code knows whether it comes there.
    for text in [
        "if x:\n    os.environ['CELERY_BROKER_URL'] = 'redis://h/1'",
        "if x:\n    os.environ['A'] = 'redis://h/1'\napp = Celery('x', broker=os.environ['A'])",
    ] {
        assert_eq!(direct(text), Source::Other, "{text}");
    }
    assert_eq!(of("os.environ['OTHER'] = 'redis://h/1'"), []);
}
