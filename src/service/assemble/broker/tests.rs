use super::*;
use crate::workspace::stack::{Outside, Within};

fn celery(variables: &[&str]) -> CeleryApp {
    CeleryApp {
        target: "celery_core.app".to_owned(),
        cwd: "".into(),
        imports: "".into(),
        file: "celery_core/app.py".into(),
        line: 1,
        broker_variables: variables.iter().map(|it| (*it).to_owned()).collect(),
        by_code: ByCode::Variable,
        is_for_reading: false,
        queued: None,
        broker: None,
        results: None,
        mentions: Vec::new(),
        unasked: None,
    }
}

fn setting(variable: &str) -> Setting {
    Setting {
        variable: variable.to_owned(),
        others: Vec::new(),
        exact: None,
        ignores_empty: false,
        reads: Reads::Tiers,
        outside: None,
        within: Vec::new(),
        default: Some("redis://localhost/2".to_owned()),
        is_required: false,
        is_unsaid: false,
        file: "core/settings.py".into(),
        line: 4,
    }
}

/// What one tier sees, with the files that it stands in.
#[derive(Default)]
struct Tier {
    tiers: BTreeMap<String, Variables>,
    origins: BTreeMap<(String, String), (String, usize)>,
    spelled: BTreeMap<(String, String), String>,
    handed: Vec<Handed>,
    loads: Vec<Loads>,
}

impl Tier {
    fn set(mut self, tier: &str, name: &str, value: &str, file: Option<&str>) -> Self {
        let key = (tier.to_owned(), name.to_ascii_uppercase());
        let seen = self.tiers.entry(tier.to_owned()).or_default();
        seen.insert(key.1.clone(), value.to_owned());
        if key.1 != name {
            self.spelled.insert(key.clone(), name.to_owned());
        }
        if let Some(file) = file {
            self.origins.insert(key, (file.to_owned(), 3));
        }
        self
    }

    fn sight(&self) -> Sight<'_> {
        Sight {
            tiers: &self.tiers,
            origins: &self.origins,
            spelled: &self.spelled,
            handed: &self.handed,
            loads: &self.loads,
            has_own_command: false,
        }
    }

    fn told(&self, celery: &CeleryApp) -> String {
        let all: Vec<String> = brokers(celery, self.sight())
            .iter()
            .map(|it| format!("{}/{}", it.address(), it.redis_database()))
            .collect();
        all.join(" ")
    }
}

#[test]
fn a_list_of_brokers_is_read_in_its_order() {
    let celery = celery(&["CELERY_BROKER_URL"]);
    let list = "redis://one/1;amqp://two;redis://three:7/2";
    let tier = Tier::default().set("root", "CELERY_BROKER_URL", list, None);
    assert_eq!(tier.told(&celery), "one:6379/1 three:7/2");
    let first = broker(&celery, tier.sight()).map(|it| it.address());
    assert_eq!(first.as_deref(), Some("one:6379"));
    assert_eq!(Tier::default().told(&celery), "localhost:6379/0");
}

#[test]
fn the_worker_reads_the_broker_variable_of_its_own_settings() {
    let celery = celery(&["PIXCRAWLER_CELERY_BROKER_URL", "CELERY_BROKER_URL"]);
    let root = ".env";
    let tier = Tier::default()
        .set(
            "root",
            "PIXCRAWLER_CELERY_BROKER_URL",
            "redis://h/1",
            Some(root),
        )
        .set("backend", "CELERY_BROKER_URL", "redis://h/7", Some(root));
    assert_eq!(tier.told(&celery), "h:6379/1");
    // Celery itself looks there first.
    let tier = tier.set("root", "CELERY_BROKER_URL", "redis://h/9", None);
    assert_eq!(tier.told(&celery), "h:6379/9");
    let for_reading = CeleryApp {
        is_for_reading: true,
        ..celery.clone()
    };
    assert_eq!(tier.told(&for_reading), "h:6379/1");
    let tier = tier.set("root", READ_OVER_ALL, "redis://h/8", None);
    assert_eq!(tier.told(&celery), "h:6379/8");
    assert_eq!(tier.told(&for_reading), "h:6379/8");
}

#[test]
fn what_its_settings_do_not_read_leaves_their_default() {
    let read = |setting: Setting, name: &str, value: &str, file: Option<&str>| {
        let tier = Tier::default().set("backend", name, value, file);
        tier.told(&CeleryApp {
            broker: Some(setting),
            ..celery(&["Q_BROKER_URL"])
        })
    };
    let own = || setting("Q_BROKER_URL");
    let file = Some("backend/.env");
    let url = "redis://h/1";
    assert_eq!(read(own(), "Q_BROKER_URL", url, file), "h:6379/1");
    let default = "localhost:6379/2";
    assert_eq!(read(own(), "CELERY_BROKER_URL", url, file), default);
    let files = |files: &[&str]| Setting {
        reads: Reads::Files(files.iter().map(|it| (*it).into()).collect()),
        ..own()
    };
    assert_eq!(
        read(files(&["celery.env"]), "Q_BROKER_URL", url, file),
        default
    );
    assert_eq!(
        read(files(&["celery.env"]), "Q_BROKER_URL", url, None),
        "h:6379/1"
    );
    let both = || files(&[".env", "backend/.env"]);
    assert_eq!(read(both(), "Q_BROKER_URL", url, file), "h:6379/1");
    let of_production = Some("backend/.env.production");
    assert_eq!(read(both(), "Q_BROKER_URL", url, of_production), "h:6379/1");
    let exact = || Setting {
        exact: Some("Q_broker_url".to_owned()),
        ..own()
    };
    assert_eq!(read(exact(), "Q_BROKER_URL", url, file), default);
    assert_eq!(read(exact(), "Q_broker_url", url, file), "h:6379/1");
    let passes_over = Setting {
        ignores_empty: true,
        ..own()
    };
    assert_eq!(read(passes_over, "Q_BROKER_URL", "", file), default);
    assert_eq!(read(own(), "Q_BROKER_URL", "", file), "");
    // A file that no tier reads counts before those that stand before it in the class.
    let outside = |at| Setting {
        outside: Some(Outside {
            variable: "Q_BROKER_URL".to_owned(),
            value: "redis://h/5".to_owned(),
            file: "celery.env".into(),
            line: 1,
            at,
        }),
        ..files(&["celery.env", "backend/.env", "celery.env"])
    };
    assert_eq!(read(outside(0), "X", "", None), "h:6379/5");
    assert_eq!(read(outside(0), "Q_BROKER_URL", url, file), "h:6379/1");
    assert_eq!(read(outside(2), "Q_BROKER_URL", url, file), "h:6379/5");
    assert_eq!(read(outside(2), "Q_BROKER_URL", url, None), "h:6379/1");
    let of_process = || Setting {
        reads: Reads::Process,
        ..own()
    };
    assert_eq!(read(of_process(), "Q_BROKER_URL", url, None), "h:6379/1");
    // Nobody loads the file.
    assert_eq!(read(of_process(), "Q_BROKER_URL", url, file), default);
    assert_eq!(read(of_process(), "X", url, file), default);
}

#[test]
fn what_leads_into_a_model_counts_before_its_own_variables() {
    let celery = CeleryApp {
        broker: Some(Setting {
            within: vec![Within {
                whole: "CELERY".to_owned(),
                key: "broker_url".to_owned(),
                single: Some("CELERY__BROKER_URL".to_owned()),
            }],
            ..setting("CELERY_BROKER_URL")
        }),
        ..celery(&["CELERY_BROKER_URL"])
    };
    let file = Some("backend/.env");
    let own = || Tier::default().set("backend", "CELERY_BROKER_URL", "redis://h/1", file);
    assert_eq!(own().told(&celery), "h:6379/1");
    let empty = own().set("backend", "CELERY__BROKER_URL", "", file);
    assert_eq!(empty.told(&celery), "h:6379/1");
    let json = |value: &str| own().set("backend", "CELERY", value, file);
    assert_eq!(json("{\"x\": 1}").told(&celery), "h:6379/1");
    let json = json("{\"broker_url\": \"redis://h/3\"}");
    assert_eq!(json.told(&celery), "");
    let single = json.set("root", "CELERY__BROKER_URL", "redis://h/2", file);
    assert_eq!(single.told(&celery), "h:6379/2");
}

#[test]
fn files_reach_a_process_where_they_are_loaded_or_handed_on() {
    let celery = |mentions: &[&str]| CeleryApp {
        broker: Some(Setting {
            reads: Reads::Process,
            ..setting("Q_BROKER_URL")
        }),
        mentions: mentions.iter().map(|it| (*it).to_owned()).collect(),
        ..celery(&["Q_BROKER_URL"])
    };
    let set = |tier: &str| {
        let here = Tier::default().set("backend", "X", "1", None);
        here.set(tier, "Q_BROKER_URL", "redis://h/1", Some(".env"))
    };
    let own = set("backend");
    assert_eq!(own.told(&celery(&[])), "localhost:6379/2");
    assert_eq!(own.told(&celery(&["load_dotenv"])), "");
    let by_uv = own.set("root", "UV_ENV_FILE", "backend/.env", None);
    assert_eq!(by_uv.told(&celery(&[])), "");
    // A file that is known to be loaded counts, and no other.
    for (loads, told) in [
        (Loads::File("./.env".to_owned()), "h:6379/1"),
        (Loads::Tier("backend".to_owned()), "h:6379/1"),
        (Loads::File("other.env".to_owned()), "localhost:6379/2"),
        (Loads::Tier("frontend".to_owned()), "localhost:6379/2"),
    ] {
        let mut own = set("backend");
        own.loads = vec![loads];
        assert_eq!(own.told(&celery(&[])), told, "{:?}", own.loads);
    }
    // What the root's files alone have goes to every service.
    assert_eq!(set("root").told(&celery(&[])), "h:6379/1");
}

#[test]
fn what_the_worker_alone_is_given_counts_first() {
    let mut tier = Tier::default().set("backend", "Q_BROKER_URL", "redis://h/1", Some(".env"));
    let handed = |variable: &str, value: &str, is_option| Handed {
        variable: variable.to_owned(),
        value: value.to_owned(),
        is_option,
        by_shell: is_option,
        place: "pixcrawler.toml:3".to_owned(),
    };
    let celery = CeleryApp {
        broker: Some(setting("Q_BROKER_URL")),
        ..celery(&["Q_BROKER_URL"])
    };
    tier.handed = vec![handed("Q_BROKER_URL", "redis://h/8", false)];
    assert_eq!(tier.told(&celery), "h:6379/8");
    tier.handed.insert(0, handed(OVER_ALL, "redis://h/9", true));
    assert_eq!(tier.told(&celery), "h:6379/9");
    tier.handed[0].value = "$BROKER".to_owned();
    assert_eq!(tier.told(&celery), "");
    tier.handed[0].value = "redis://h/9".to_owned();
    let text = ByCode::Text {
        url: "redis://code:7/5".to_owned(),
        file: "a.py".into(),
        line: 2,
    };
    // Workers have that before all that names a broker for everybody.
    let for_reading = CeleryApp {
        by_code: text,
        is_for_reading: true,
        ..celery.clone()
    };
    assert_eq!(tier.told(&for_reading), "code:7/5");
    tier.handed = vec![handed("OTHER", "redis://h/8", false)];
    assert_eq!(tier.told(&celery), "h:6379/1");
}

#[test]
fn what_stands_in_the_code_counts_and_what_is_computed_is_nobodys() {
    let tier = Tier::default().set("backend", "CELERY_BROKER_URL", "redis://h/1", Some(".env"));
    let told = |by_code| {
        tier.told(&CeleryApp {
            by_code,
            ..celery(&["CELERY_BROKER_URL"])
        })
    };
    let text = ByCode::Text {
        url: "redis://code:7/5".to_owned(),
        file: "a.py".into(),
        line: 2,
    };
    assert_eq!(told(text), "code:7/5");
    let beyond = ByCode::Beyond {
        file: "a.py".into(),
        line: 2,
    };
    assert_eq!(told(beyond), "");
}
