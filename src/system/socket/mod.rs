//! A line between processes of one user on one machine: a Unix socket, or a named pipe.
//!
//! Unix: a socket that only its owner may open, in the workspace's own folder; where that path is
//! longer than a socket's name may be, in a folder of the user's own under `XDG_RUNTIME_DIR` or
//! `/tmp`. Windows: a pipe with a name that cannot be guessed, which only its user may open. On both
//! sides the other's user is looked at, whatever the permissions say.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

pub use os::{Listener, Stream, connect, has_hung_up, is_there, of_folder};

use camino::Utf8PathBuf;

/// Where a line may be opened.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder that belongs to the workspace.
    pub dir: Utf8PathBuf,
    /// `XDG_RUNTIME_DIR`, where it is set.
    pub runtime: Option<Utf8PathBuf>,
    /// A name that nobody else has.
    pub unique: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(test);
    }

    fn place(dir: Utf8PathBuf, runtime: Option<Utf8PathBuf>) -> Place {
        let unique = crate::system::random::hex(8).expect("random numbers");
        Place {
            dir,
            runtime,
            unique,
        }
    }

    async fn talk(place: &Place) -> String {
        let mut listener = Listener::bind(place).expect("a listener");
        let address = listener.address().to_owned();
        let (server, client) = tokio::join!(listener.accept(), connect(&address));
        let (mut server, mut client) = (server.expect("accepted"), client.expect("connected"));
        client.write_all(b"ask").await.expect("written");
        let mut asked = [0; 3];
        server.read_exact(&mut asked).await.expect("read");
        server.write_all(&asked).await.expect("written");
        drop(server);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.expect("read");
        assert_eq!(answer, b"ask");
        address
    }

    #[test]
    fn what_is_sent_arrives_and_the_end_is_seen() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
        run(async {
            let address = talk(&place(dir.clone(), None)).await;
            assert!(connect(&address).await.is_err(), "nobody listens any more");
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_stale_socket_is_in_nobodys_way_and_a_long_path_has_a_short_way_round() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let deep = dir.join("d".repeat(120));
        crate::system::fs::create_dir_all(&deep).expect("a folder");
        run(async {
            let place = place(deep, Some(dir.clone()));
            let first = talk(&place).await;
            crate::system::fs::write_private(first.as_str().into(), b"left behind")
                .expect("a file");
            let second = talk(&place).await;
            assert_eq!(first, second);
            assert!(first.starts_with(dir.as_str()), "{first}");
        });
    }

    #[cfg(unix)]
    #[test]
    fn who_has_said_all_still_listens_and_who_hung_up_does_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
        run(async {
            let mut listener = Listener::bind(&place(dir, None)).expect("a listener");
            let mut gone = connect(listener.address()).await.expect("connected");
            gone.write_all(b"ask").await.expect("written");
            drop(gone);
            let mut there = connect(listener.address()).await.expect("connected");
            there.write_all(b"ask").await.expect("written");
            there.shutdown().await.expect("its own side");
            for is_gone in [true, false] {
                let mut stream = listener.accept().await.expect("accepted");
                stream.read_exact(&mut [0; 3]).await.expect("read");
                assert_eq!(has_hung_up(&stream), is_gone);
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let trap = dir.join("pixcrawler");
        std::fs::create_dir(&trap).expect("a folder");
        std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o777)).expect("ours");
        let place = place(dir.join("d".repeat(120)), Some(dir));
        run(async {
            let error = Listener::bind(&place).expect_err("others could replace it");
            assert!(error.to_string().contains("pixcrawler"), "{error}");
        });
    }
}
