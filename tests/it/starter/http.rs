//! A small HTTP client for the tests.

use std::time::Duration;

use serde_json::Value;

pub(super) struct Client {
    base: String,
}

impl Client {
    pub(super) fn new(port: u64) -> Self {
        Self {
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    pub(super) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path, Duration::from_secs(30))).expect(path)
    }

    pub(super) fn text(&self, path: &str, limit: Duration) -> String {
        self.send(|client, url| client.get(url), path, limit)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let send = |client: &reqwest::Client, url: &str| {
            client
                .post(url)
                .header("content-type", "application/json")
                .body(body)
        };
        serde_json::from_str(&self.send(send, path, Duration::from_secs(30))).expect(path)
    }

    fn send(
        &self,
        request: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder,
        path: &str,
        limit: Duration,
    ) -> String {
        let url = format!("{}{path}", self.base);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // reqwest was built without a provider of its own: ours is ring. A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        runtime.block_on(async {
            let client = reqwest::Client::builder()
                .no_proxy()
                .timeout(limit)
                .build()
                .expect("a client");
            let response = request(&client, &url).send().await.expect(&url);
            let status = response.status();
            let text = response.text().await.expect(&url);
            assert!(status.is_success(), "{url}: {status}: {text}");
            text
        })
    }
}
