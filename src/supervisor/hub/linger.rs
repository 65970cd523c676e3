//! The end: what was printed is waited for as long as somebody takes it.

use std::time::Duration;

use tokio::time::Instant;

use super::super::control::{Asked, Desk};
use super::{BOUNCE, Hub};
use crate::exit::Exit;
use crate::service::control::{Ask, Refusal, Reply};
use crate::service::event::Scene;
use crate::service::fleet::Reason;
use crate::system::guard::{Link, Order};

/// A reader that is there and takes nothing for this long, while nobody wants an end, is left.
const PATIENT: Duration = Duration::from_secs(30);

/// As [`PATIENT`], when somebody waits for the end.
const HURRIED: Duration = Duration::from_secs(2);

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// How long a reader may take nothing at the end of a session.
fn patience(reason: Option<Reason>) -> Duration {
    match reason {
        Some(
            Reason::Signal(_)
            | Reason::Asked
            | Reason::OutputClosed
            | Reason::GuardDied
            | Reason::KeeperDied,
        ) => HURRIED,
        Some(Reason::AllReady | Reason::TooSlow | Reason::Service(_) | Reason::Without(_))
        | None => PATIENT,
    }
}

impl Hub {
    /// Ends all who show or keep the session; how many bytes nobody took.
    pub(super) async fn linger(
        mut self,
        reason: Option<Reason>,
        mut link: Option<Link>,
        mut desk: Desk,
    ) -> u64 {
        let scene = Scene {
            now: self.now(),
            fleet: &self.fleet,
            last: None,
        };
        for sink in &mut self.sinks {
            sink.finish(scene);
        }
        let patience = patience(reason);
        let (mut left, mut since) = (0, Instant::now());
        while let Some(unread) = self.unread() {
            if unread != left {
                (left, since) = (unread, Instant::now());
            } else if since.elapsed() > patience {
                break;
            }
            let order = async {
                match &mut link {
                    Some(link) => link.next().await,
                    None => std::future::pending().await,
                }
            };
            let enough = tokio::select! {
                () = self.reader_gone.notified() => false,
                order = order => match order {
                    Order::GuardDied | Order::KeeperDied => true,
                    Order::Signal(_) => !self.has_bounced(),
                    Order::Other(_) => false,
                },
                Some(asked) = desk.next() => self.answer_at_the_end(asked),
                () = tokio::time::sleep(LOOK) => false,
            };
            if enough {
                break;
            }
        }
        self.sinks.iter_mut().map(|sink| sink.give_up()).sum()
    }

    fn unread(&self) -> Option<u64> {
        let unread = self.sinks.iter().filter_map(|sink| sink.unread());
        unread.reduce(|all, one| all + one)
    }

    /// Whether an order belongs to the same key press as the one before it.
    pub(super) fn has_bounced(&self) -> bool {
        self.ordered.is_some_and(|at| at.elapsed() < BOUNCE)
    }

    /// Answers another terminal when no service is left; whether it wants the end.
    fn answer_at_the_end(&mut self, asked: Asked) -> bool {
        match &asked.ask {
            Ask::State => self.answer(asked),
            Ask::Stop { services } if services.is_empty() => {
                asked.feed.finish(Reply::Over);
                return true;
            }
            Ask::Kill => {
                asked.feed.finish(Reply::Over);
                return true;
            }
            Ask::Follow => asked.feed.finish(Reply::Over),
            Ask::Stop { .. } | Ask::Start { .. } | Ask::Restart { .. } | Ask::Scale { .. } => {
                let why = "the session is over, and waits for whoever reads what it printed";
                let help = "end it and start another one: pixcrawler stop, then pixcrawler dev";
                let refusal = Refusal::new(Exit::Busy, why, help);
                asked.feed.finish(Reply::Refused(refusal));
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_the_end_is_not_kept_waiting() {
        assert_eq!(patience(None), PATIENT);
        assert_eq!(patience(Some(Reason::AllReady)), PATIENT);
        assert_eq!(patience(Some(Reason::Signal(2))), HURRIED);
        assert_eq!(patience(Some(Reason::Asked)), HURRIED);
    }
}
