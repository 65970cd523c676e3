//! What a deployment answers: health reports and Prometheus text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::health::{Health, Metrics};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Some(health) = Health::parse(&text) {
        let _ = health.sick().count();
    }
    match Metrics::parse(&text) {
        Ok(metrics) => {
            let (families, samples) = metrics.size();
            assert!(families + samples <= 2 * text.lines().count());
            let _ = metrics.requests();
        }
        Err((line, why)) => {
            assert!((1..=text.lines().count()).contains(&line));
            assert!(!why.is_empty());
        }
    }
});
