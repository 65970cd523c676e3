//! Broker and results on one database.

use super::*;
use crate::diagnostic::Severity;

const TOGETHER: &[(&str, &str)] = &[
    ("CELERY_BROKER_URL", "redis://localhost/2"),
    ("CELERY_RESULT_BACKEND", "redis://localhost/2"),
];

fn told(counted: Counted<'_>) -> Answer {
    let numbers = Numbers::of(&[counted]);
    shared(Answer::default(), &numbers, Environment::Development)
}

#[test]
fn two_variables_with_one_number_are_told_apart() {
    let both = server(TOGETHER);
    let answer = told(Counted::unasked(&both));
    let [one] = answer.findings.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!(
        one.message,
        "broker and results share database 2 at 127.0.0.1:6379"
    );
    assert_eq!(one.severity, Severity::Warning);
    let line = "pixcrawler env set --file backend/.env CELERY_RESULT_BACKEND --part database=0";
    assert_eq!(one.help.as_deref(), Some(line));
    // Whoever is led apart, is so at once.
    let all = server(&[
        ("CACHE_REDIS_DB", "redis://localhost/0"),
        ("LIMITER_REDIS_DB", "redis://localhost/0"),
        ("CELERY_BROKER_URL", "redis://localhost/0"),
        ("CELERY_RESULT_BACKEND", "redis://localhost/0"),
    ]);
    let answer = told(Counted::unasked(&all));
    let mut lines: Vec<&str> = answer.cures.iter().map(|it| it.line.as_str()).collect();
    lines.sort_unstable();
    lines.dedup();
    let set = "pixcrawler env set --file backend/.env";
    let each = [
        "CACHE_REDIS_DB=2",
        "CELERY_RESULT_BACKEND --part database=3",
        "LIMITER_REDIS_DB=1",
    ];
    assert_eq!(lines, each.map(|it| format!("{set} {it}")));
}

#[test]
fn what_is_meant_to_share_or_has_no_other_does() {
    let changed = |change: fn(&mut Naming)| {
        let mut both = server(TOGETHER);
        change(&mut both.named[1]);
        both
    };
    let mut one_number = server(TOGETHER);
    for it in &mut one_number.named {
        it.numbered_by = Some(("REDIS_DB".to_owned(), "backend/.env:4".to_owned()));
    }
    for both in [
        // One variable numbers both, or code does.
        one_number,
        changed(|it| it.origin = "celery_core/app.py:3".to_owned()),
        changed(|it| it.meant = Some("redis://localhost/2".to_owned())),
        changed(|it| it.origin = "environment".to_owned()),
    ] {
        assert_eq!(told(Counted::unasked(&both)), Answer::default(), "{both:?}");
    }
    let both = server(&[
        ("CELERY_BROKER_URL", "redis://localhost/0"),
        ("CELERY_RESULT_BACKEND", "redis://localhost/0"),
    ]);
    for (has, lacks) in [(Some(1), &[15][..]), (None, &[15]), (Some(8), &[0, 15])] {
        let few = Counted {
            has,
            lacks,
            server: &both,
        };
        assert_eq!(told(few), Answer::default());
    }
    let more = Counted {
        has: Some(8),
        lacks: &[15],
        server: &both,
    };
    assert_eq!(told(more).cures.len(), 1);
}
