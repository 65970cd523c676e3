//! What all who follow a session share.

use crate::failure::Failure;
use crate::system::stdout;
use crate::text::{and_list, nearest};

/// Waits until nobody reads any more what we print; for ever where that cannot be told.
pub(super) async fn unread() {
    // Blocking, and for ever if need be: the process ends without it.
    let (unread, gone) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        if stdout::wait_until_unread() {
            let _ = unread.send(());
        }
    });
    if gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether these services are among those that there are.
pub(super) fn known(names: &[&str], services: &[String]) -> Result<(), Failure> {
    for service in services {
        if !names.contains(&service.as_str()) {
            let help = match nearest(service, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the services are {}", and_list(names)),
            };
            return Err(Failure::usage(format!("there is no service `{service}`")).help(help));
        }
    }
    Ok(())
}
