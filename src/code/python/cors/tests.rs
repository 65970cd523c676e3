use super::super::preflights;
use super::*;

const IMPORT: &str = "from fastapi.middleware.cors import CORSMiddleware\n";

fn told(code: &str) -> String {
    let found = preflights(&format!("{IMPORT}{code}\n"));
    let of = |it: &Cors| {
        let methods = it.methods.as_ref().map(|it| it.join(","));
        let Cors { origins, rest, .. } = it;
        format!(
            "{} {rest:?} {:?} {}",
            origins.join(","),
            it.pattern,
            methods.unwrap_or_else(|| "?".to_owned())
        )
    };
    let given: Vec<String> = found.given.iter().map(of).collect();
    let others = if found.others { " and others" } else { "" };
    format!("{}{others}", given.join("; "))
}

#[test]
fn what_the_middleware_is_given_is_read() {
    let add = |arguments: &str| told(&format!("app.add_middleware(CORSMiddleware{arguments})"));
    for (arguments, wanted) in [
        ("", " Nothing None GET"),
        (", allow_origins=['a', \"b\"]", "a,b Nothing None GET"),
        (
            ", allow_origins=['*'], allow_methods=('*',)",
            "* Nothing None *",
        ),
        (", allow_origins='*'", "* Nothing None GET"),
        (", allow_origins='http://a'", " Computed None GET"),
        (", allow_origins=settings.web", " Settings None GET"),
        (
            ", allow_origins=settings.web, allow_methods=settings.verbs",
            " Settings None ?",
        ),
        (
            ", allow_origins=['a', *settings.origins]",
            "a Settings None GET",
        ),
        (
            ", allow_origins=['a'] + settings.origins",
            "a Settings None GET",
        ),
        (", allow_origins=['a', settings.web]", "a Computed None GET"),
        (
            ", allow_origins=os.environ['ALLOWED_ORIGINS'].split(',')",
            " Settings None GET",
        ),
        (
            ", allow_origins=[str(it) for it in settings.CORS]",
            " Settings None GET",
        ),
        (", allow_origins=ask()", " Computed None GET"),
        (
            ", allow_origin_regex=r'a\\d'",
            " Nothing Text(\"a\\\\d\") GET",
        ),
        (", allow_origin_regex=None", " Nothing None GET"),
        (", allow_origin_regex=settings.web", " Nothing Computed GET"),
        (", **settings.web", " Computed Computed ?"),
    ] {
        assert_eq!(add(arguments), wanted, "{arguments}");
    }
}

#[test]
fn it_is_found_wherever_it_is_given() {
    let list = "allow_origins=['a']";
    for code in [
        format!("app = FastAPI(middleware=[Middleware(CORSMiddleware, {list})])"),
        format!("app = CORSMiddleware(app, {list})"),
        format!("def make(app):\n    app.add_middleware(CORSMiddleware, {list})"),
        "def make(app):\n    web = ['a']\n    app.add_middleware(CORSMiddleware, allow_origins=web)".to_owned(),
        format!(
            "import starlette.middleware.cors as cors_of\napp.add_middleware(middleware_class=starlette.middleware.cors.CORSMiddleware, {list})"
        ),
        format!(
            "from starlette.middleware.cors import CORSMiddleware as Web\napp.add_middleware(Web, {list})"
        ),
        "WEB = ['a']\napp.add_middleware(CORSMiddleware, allow_origins=WEB)".to_owned(),
    ] {
        assert!(
            told(&code).starts_with("a Nothing None GET"),
            "{code}: {}",
            told(&code)
        );
    }
    for (code, wanted) in [
        (
            "WEB = ['a']\nWEB.append(more())\napp.add_middleware(CORSMiddleware, allow_origins=WEB)",
            " Computed None GET",
        ),
        (
            "WEB = ['a']\ndef make(WEB):\n    app.add_middleware(CORSMiddleware, allow_origins=WEB)",
            " Computed None GET",
        ),
        (
            "if debug:\n    app.add_middleware(CORSMiddleware, allow_origins=['a'])",
            " Computed None GET",
        ),
        (
            "if settings.origins:\n    app.add_middleware(CORSMiddleware, allow_origins=settings.origins)",
            " Settings None GET",
        ),
    ] {
        assert_eq!(told(code), wanted, "{code}");
    }
}

#[test]
fn what_else_may_answer_is_told_from_what_only_has_the_word() {
    for (code, others) in [
        ("# CORS\napp = FastAPI()", false),
        ("class S(BaseSettings):\n    cors_origins: list[str]", false),
        ("setup_cors(app)", true),
        (
            "from ours.middleware import CORSMiddleware\napp.add_middleware(CORSMiddleware)",
            true,
        ),
        ("import fastapi_cors", true),
        (
            "response.headers['Access-Control-Allow-Origin'] = '*'",
            true,
        ),
        (
            "headers.append((b'access-control-allow-origin', b'*'))",
            true,
        ),
        ("app.add_middleware(pick(CORSMiddleware))", true),
    ] {
        let found = preflights(&format!("{IMPORT}{code}\n"));
        assert_eq!((found.given.len(), found.others), (0, others), "{code}");
    }
}
