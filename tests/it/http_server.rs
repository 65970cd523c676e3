//! A small HTTP server that answers as a case wants it, with and without TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What was asked.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What is answered.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Handle = dyn Fn(&Request) -> Answer + Send + Sync;

/// A server that ends with its value.
pub(crate) struct Server {
    port: u16,
    scheme: &'static str,
    host: &'static str,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(handle: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::run("http", "127.0.0.1", Arc::new(handle), None)
    }

    /// At another address of this machine, which counts as elsewhere.
    #[cfg(target_os = "linux")]
    pub(crate) fn elsewhere(handle: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::run("http", "127.0.0.2", Arc::new(handle), None)
    }

    /// With TLS; the certificate is for `localhost`.
    pub(crate) fn with_tls(
        tls: Arc<rustls::ServerConfig>,
        handle: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::run("https", "127.0.0.1", Arc::new(handle), Some(tls))
    }

    fn run(
        scheme: &'static str,
        host: &'static str,
        handle: Arc<Handle>,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (handle, tls) = (Arc::clone(&handle), tls.clone());
                std::thread::spawn(move || {
                    let _ = match tls {
                        None => serve(stream, &*handle),
                        Some(config) => {
                            let connection =
                                rustls::ServerConnection::new(config).expect("a configuration");
                            serve(rustls::StreamOwned::new(connection, stream), &*handle)
                        }
                    };
                });
            }
        });
        Self {
            port,
            scheme,
            host,
            stop,
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        let host = if self.scheme == "https" {
            "localhost"
        } else {
            self.host
        };
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// An address where nobody listens.
    pub(crate) fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        format!("http://127.0.0.1:{port}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect((self.host, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: impl Read + Write, handle: &Handle) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    let answer = handle(&Request {
        method,
        path,
        headers,
    });
    let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    // Who gives a length promises more than comes.
    if !answer
        .headers
        .iter()
        .any(|(name, _)| name == "content-length")
    {
        let length = answer.body.len().to_string();
        text.extend(["content-length: ", &length, "\r\n"]);
    }
    for (name, value) in &answer.headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    let stream = reader.get_mut();
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
