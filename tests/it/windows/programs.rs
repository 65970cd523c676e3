//! The stubborn programs: this binary with `PX_PROGRAM` in its environment.

#![expect(
    clippy::exit,
    clippy::zombie_processes,
    reason = "a program ends as it likes, and leaves its children to whoever supervises it"
)]

use std::io::{Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::process::Command;
use std::time::Duration;

/// The case that becomes a program.
pub(super) const NAME: &str = "dev::programs::a_stubborn_program";

/// Each program holds a file of this name and its number, for as long as it lives.
pub(super) const ALIVE: &str = "alive-";

fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1000));
    }
}

/// One more of this binary, as another program, with the same words behind.
fn another(program: &str) -> std::io::Result<std::process::Child> {
    let own = std::env::current_exe()?;
    Command::new(own)
        .args(std::env::args_os().skip(1))
        .env("PX_PROGRAM", program)
        .spawn()
}

/// Waits for Ctrl+Break; `deaf` programs do not mind.
fn heed(deaf: bool) -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut asked = tokio::signal::windows::ctrl_break().expect("a handler");
        say("up");
        while asked.recv().await.is_some() {
            if !deaf {
                say("bye on Ctrl+Break");
                std::process::exit(0);
            }
        }
    });
    forever()
}

/// Answers HTTP requests on `PORT`.
fn listen() -> ! {
    let port: u16 = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .expect("PORT");
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    say("up");
    loop {
        if let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    }
}

fn grows(wanted: usize) -> ! {
    say("up");
    let mut got = 0;
    for _ in 0..wanted {
        match another("deaf") {
            Ok(mut child) => {
                std::thread::sleep(Duration::from_millis(20));
                // One that a job refuses is there and ended at once.
                if child.try_wait().ok().flatten().is_some() {
                    break;
                }
                got += 1;
            }
            Err(_) => break,
        }
    }
    say(&format!("has {got}"));
    forever()
}

#[test]
fn a_stubborn_program() {
    let Ok(words) = std::env::var("PX_PROGRAM") else {
        return;
    };
    let dir = std::env::args_os().next_back().expect("the folder");
    let file = std::path::Path::new(&dir).join(format!("{ALIVE}{}", std::process::id()));
    let held = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .share_mode(0)
        .open(file);
    let _held = held.expect("it is nobody else's");
    let mut words = words.split(' ');
    match (words.next().unwrap_or_default(), words.next()) {
        ("polite", _) => heed(false),
        ("deaf", _) => heed(true),
        ("tree", _) => {
            another("deaf").expect("a child");
            forever()
        }
        ("leaves", _) => {
            another("deaf").expect("a child");
            std::thread::sleep(Duration::from_millis(500));
            std::process::exit(0);
        }
        ("listen", _) => listen(),
        ("grows", Some(number)) => grows(number.parse().expect("a number")),
        ("exit", Some(code)) => std::process::exit(code.parse().expect("a number")),
        (other, _) => panic!("there is no program `{other}`"),
    }
}
