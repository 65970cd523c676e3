use super::*;

fn printed(seq: u64, text: &str) -> Reply {
    Reply::Printed(Printed {
        time: "2026-11-24T14:02:11.000Z".to_owned(),
        service: "api".to_owned(),
        seq,
        text: text.to_owned(),
    })
}

fn lines(narrow: Narrow, replies: &[Reply]) -> String {
    let mut follow = Follow::new(Style::plain(), Format::Json, narrow);
    follow.know(["api".to_owned(), "web".to_owned()]);
    let lines = replies
        .iter()
        .map(|reply| follow.text(reply))
        .collect::<String>();
    let objects = lines.lines().map(|line| {
        let object: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        format!("{} {} {}\n", object["seq"], object["level"], object["line"])
    });
    objects.collect()
}

#[test]
fn a_traceback_has_the_level_of_its_error_and_every_line_its_number() {
    let replies = [
        printed(1, "fine\n\x1b[31mERROR\x1b[0m: it broke\n"),
        printed(
            3,
            "Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: no\n",
        ),
    ];
    let narrow = Narrow {
        level: Some(Level::Warn),
        ..Narrow::default()
    };
    assert_eq!(
        lines(narrow, &replies),
        "2 \"error\" \"ERROR: it broke\"\n3 \"error\" \"Traceback (most recent call last):\"\n4 \"error\" \"  File \\\"x.py\\\", line 1\"\n5 \"error\" \"ValueError: no\"\n"
    );
    let narrow = Narrow {
        grep: Regex::new("^ERR.*broke$").ok(),
        ..Narrow::default()
    };
    assert_eq!(lines(narrow, &replies), "2 \"error\" \"ERROR: it broke\"\n");
    let narrow = Narrow {
        services: vec!["web".to_owned()],
        ..Narrow::default()
    };
    assert_eq!(lines(narrow, &replies), "");
}

#[test]
fn a_program_reads_the_times_of_a_history_as_those_of_a_session() {
    let mut follow = Follow::new(Style::plain(), Format::Json, Narrow::default());
    let mut out = String::new();
    for note in [false, true] {
        let told = Told {
            time: "2026-11-24T14:02:33.390112Z",
            service: Some("api"),
            seq: 1,
            level: Level::Info,
            began: true,
            open: Open::default(),
            text: "fine",
            note,
        };
        follow.past(&told, &mut out);
    }
    let time = r#""time":"2026-11-24T14:02:33.390Z""#;
    assert_eq!(out.matches(time).count(), 2, "{out}");
}

#[test]
fn lines_that_are_left_out_are_counted_as_people_count() {
    let mut follow = Follow::new(Style::plain(), Format::Human, Narrow::default());
    let one = follow.text(&Reply::LeftOut(1));
    assert!(
        one.contains(" 1 line is left out here") && one.contains("it is in"),
        "{one}"
    );
    let more = follow.text(&Reply::LeftOut(12));
    assert!(
        more.contains(" 12 lines are left out here") && more.contains("they are in"),
        "{more}"
    );
}

#[test]
fn a_replica_that_nobody_knows_yet_belongs_to_the_group_that_was_asked_for() {
    let mut follow = Follow::new(Style::plain(), Format::Human, Narrow::default());
    follow.narrow_to(vec!["mail".to_owned()], vec!["mail".to_owned()]);
    follow.know(["mail", "mail-9", "web"].map(str::to_owned));
    let wanted = |name| follow.wants(name);
    assert!(wanted("mail") && wanted("mail-2"));
    assert!(!wanted("web") && !wanted("web-2") && !wanted("mail-server"));
    assert!(!wanted("mail-9"), "it is known, and is no replica");
}

/// Two services print chained tracebacks, line by line in turns; what came first is history.
fn joined(history: usize) -> String {
    let traceback = [
        "ERROR: it broke",
        "Traceback (most recent call last):",
        "  File \"x.py\", line 1",
        "KeyError: 1",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        "  File \"x.py\", line 2",
        "ValueError: 2",
    ];
    let mut follow = Follow::new(Style::plain(), Format::Human, Narrow::default());
    follow.know(["api".to_owned(), "web".to_owned()]);
    let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
    let (mut out, mut seq) = (String::new(), 0);
    for round in 0..2 {
        for (at, line) in traceback.iter().enumerate() {
            for (later, service) in [(0, "api"), (7, "web")] {
                let millis = 400 * round + 20 * at + later;
                let time = format!("2026-11-24T14:02:11.{millis:03}Z");
                seq += 1;
                if seq <= history {
                    let block = blocks.entry(service.to_owned()).or_default();
                    let level = block.level(line.as_bytes(), moment(&time));
                    let told = Told {
                        time: &time,
                        service: Some(service),
                        seq: seq as u64,
                        level,
                        began: block.began(),
                        open: block.open(),
                        text: line,
                        note: false,
                    };
                    follow.past(&told, &mut out);
                    continue;
                }
                if !blocks.is_empty() {
                    follow.go_on(std::mem::take(&mut blocks));
                }
                let printed = Printed {
                    time,
                    service: service.to_owned(),
                    seq: seq as u64,
                    text: format!("{line}\n"),
                };
                out.push_str(&follow.printed(&printed, history as u64));
            }
        }
    }
    out.push_str(&follow.finish());
    out
}

#[test]
fn whoever_joins_within_a_traceback_finds_it_whole() {
    let whole = joined(0);
    let services: Vec<&str> = whole.lines().filter_map(|line| line.get(9..12)).collect();
    let changes = services.windows(2).filter(|two| two[0] != two[1]).count();
    assert_eq!((services.len(), changes), (40, 3), "{whole}");
    for history in 1..=40 {
        assert_eq!(joined(history), whole, "joined after {history}");
    }
}

#[test]
fn ways_out_tell_the_workspace_and_what_services_say_is_left_alone() {
    let stand = Stand {
        root: Some("/w/app".to_owned()),
        is_told: true,
        ..Stand::default()
    };
    let follow = |format, stand: &Stand| {
        Follow::new(Style::plain(), format, Narrow::default()).typed_at(stand.clone())
    };
    let said = |event: &str| {
        let event = json!({"event": event, "time": "2026-11-24T14:02:11.000Z", "message": "pixcrawler dev"});
        Reply::Happened(Happened {
            number: 1,
            mood: Mood::Calm,
            text: "pixcrawler dev".to_owned(),
            event,
        })
    };
    for (reply, is_told) in [
        (said("note"), true),
        (said("unfinished"), false),
        (printed(1, "pixcrawler dev\n"), false),
    ] {
        for (format, end) in [(Format::Human, "\n"), (Format::Json, "\"")] {
            let text = follow(format, &stand).text(&reply);
            let told = text.contains(&format!("pixcrawler dev --workspace /w/app{end}"));
            assert!(text.contains("pixcrawler dev") && told == is_told, "{text}");
            let text = follow(format, &Stand::default()).text(&reply);
            assert!(!text.contains("--workspace"), "{text}");
        }
    }
}
