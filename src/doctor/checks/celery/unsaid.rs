//! An application whose code gives Celery nothing.

use super::transport::Use;

/// What comes of it, and the way out.
pub(super) fn words(of: Use) -> &'static str {
    match of {
        Use::Broker => {
            "the code gives Celery no broker, which is amqp://guest@localhost:5672// then: it takes one by Celery(…, broker=…), or by broker_url=… in conf.update(…)"
        }
        Use::Results => {
            "the code gives Celery no place for results, which keeps none then: it takes one by Celery(…, backend=…), or by result_backend=… in conf.update(…)"
        }
    }
}
