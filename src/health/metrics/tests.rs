use super::*;

const TEXT: &str = r#"# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 40
http_requests_total{method="GET",status="503",path="a \"b\" \\ c,d}"} 2 1700000000000
process_resident_memory_bytes 1.5e+08

latency_bucket{le="+Inf"} +Inf
"#;

#[test]
fn samples_are_read_with_their_labels() {
    let metrics = Metrics::parse(TEXT).expect("valid");
    assert_eq!(metrics.size(), (3, 4));
    assert_eq!(metrics.requests(), Some((42.0, Some(2.0))));
    assert_eq!(metrics.sum("process_resident_memory_bytes"), Some(1.5e8));
    assert_eq!(metrics.sum("other"), None);
}

#[test]
fn what_fails_is_counted_where_a_status_tells_it() {
    for (text, counted) in [
        (
            "starlette_requests_total{method=\"GET\"} 5\nstarlette_responses_total{status_code=\"500\"} 4",
            (5.0, Some(4.0)),
        ),
        ("http_requests_total{method=\"GET\"} 5", (5.0, None)),
        (
            "http_server_requests_seconds_count{status=\"503\"} 2\nhttp_server_requests_seconds_count{status=\"200\"} 1",
            (3.0, Some(2.0)),
        ),
        (
            "http_server_request_duration_seconds_count{http_response_status_code=\"500\"} 7",
            (7.0, Some(7.0)),
        ),
    ] {
        let metrics = Metrics::parse(text).expect("valid");
        assert_eq!(metrics.requests(), Some(counted), "{text}");
    }
}

#[test]
fn openmetrics_that_break_off_are_not_counted() {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let said = |kind: &str, body: &str| {
        let headers = [("content-type", kind)];
        let said = Ok(Response::said("http://h/metrics", 200, &headers, body));
        judge(&Way::default(), &said).findings
    };
    let broken = said(kind, "a 1\nb 2\n");
    assert!(broken[0].message.contains("`# EOF`"), "{broken:?}");
    assert!(said(kind, "a 1\nb 2\n# EOF\n").is_empty());
    assert!(said("text/plain; version=0.0.4", "a 1\n").is_empty());
}

#[test]
fn of_what_is_cut_whole_lines_are_read() {
    let long = "a{b=\"c\"} 1\n".repeat(500_000);
    let said = |body: &str| {
        judge(
            &Way::default(),
            &Ok(Response::said("http://h/metrics", 200, &[], body)),
        )
    };
    let answer = said(&long);
    assert!(answer.findings.is_empty(), "{answer:?}");
    assert_eq!(
        answer.found.last().map(String::as_str),
        Some("only its first 4 MiB are read")
    );
    assert_eq!(said("a 1\na{b").findings.len(), 1);
}

#[test]
fn families_are_counted_with_a_type_and_without() {
    let families = |text: &str| Metrics::parse(text).map(|it| it.size().0);
    assert_eq!(
        families("# TYPE a counter\na 1\nb 2\nc 3\nd{e=\"f\"} 4\nd 5"),
        Ok(4)
    );
    assert_eq!(families("a 1\na{b=\"c\"} 2\nd 3"), Ok(2));
    let histogram = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n";
    assert_eq!(families(histogram), Ok(1));
    assert_eq!(families("# TYPE a counter\na_total 1\na_created 2"), Ok(1));
    // A counter with labels that nothing has counted yet.
    assert_eq!(families("# TYPE a counter\n# TYPE b gauge\nb 1"), Ok(2));
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let line = |text: &str| Metrics::parse(text).map_err(|(line, _)| line);
    assert_eq!(line("a 1\n<html> 2\n"), Err(2));
    assert_eq!(line("a\n"), Err(1));
    assert_eq!(line("a{b=\"c} 1"), Err(1));
    assert_eq!(line("a one"), Err(1));
    for broken in [
        "a 1 x",
        "a 1 2 3",
        "a{b=\"c\" d=\"e\"} 1",
        "a{1b=\"c\"} 1",
        "a{b:c=\"d\"} 1",
        "a{b} 1",
        "a{b=\"c\"",
        "a{,} 1",
        "{} 1",
        "a{\"b\"} 1",
        "{\"a\" \"b\"} 1",
        "a 0x1p3",
        "a 1_000",
    ] {
        assert_eq!(line(broken), Err(1), "{broken}");
    }
}

#[test]
fn whatever_prometheus_itself_reads_is_read() {
    for text in [
        "a{b=\"x\\\"y\\\\z\\n\",c=\"{},\",} NaN",
        "a +Inf\na -Inf 123\na -1e-9 1520879605.123",
        "a\t1\n b {c=\"d\"}  2 \r\nc{} 3",
        "a_bucket{le=\"0.1\"} 8 # {trace_id=\"x y\"} 0.05 1520879607.789",
        "a_bucket{le=\"+Inf\"} 17 1520879605.123 # {} 1\n# EOF\n",
        "{\"my.metric\",\"a label\"=\"x\"} 3\n{\"my.metric\"} 4",
        "# HELP a \\ and \\n \"q\" {\na 1",
    ] {
        assert!(Metrics::parse(text).is_ok(), "{text}");
    }
    let utf8 = Metrics::parse("{\"my.metric\"} 4").expect("valid");
    assert_eq!(utf8.sum("my.metric"), Some(4.0));
    let unset = Metrics::parse("http_requests_total NaN").expect("valid");
    assert_eq!(unset.requests(), None);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        let _ = Metrics::parse(&text);
    }

    #[test]
    fn what_is_written_is_read(name in "[a-z_:][a-z0-9_:]{0,10}", label in "[^\\\\\"\n]{0,12}", value in -1e6..1e6_f64) {
        let metrics = Metrics::parse(&format!("{name}{{l=\"{label}\"}} {value}")).expect("valid");
        proptest::prop_assert_eq!(metrics.sum(&name), Some(value));
    }
}
