//! What routes look at.

use std::cell::LazyCell;

use jiff::Timestamp;
use serde_json::Value;

use crate::ingress::{Body, Envelope};
use crate::notification::{Notification, Severity};

/// A notification, and the message that told it. Each is made JSON once, when a pattern asks for it.
pub struct Matter<'a> {
    notification: &'a Notification,
    now: Option<Timestamp>,
    document: Lazy<'a, Value>,
    /// None if it is text.
    body: Lazy<'a, Option<Value>>,
}

type Lazy<'a, T> = LazyCell<T, Box<dyn FnOnce() -> T + 'a>>;

impl<'a> Matter<'a> {
    /// What `envelope` told, of which patterns see `document`, at the time `now`; none where nobody asks the clock.
    pub fn new(
        notification: &'a Notification,
        envelope: &'a Envelope,
        document: impl FnOnce() -> Value + 'a,
        now: Option<Timestamp>,
    ) -> Matter<'a> {
        let body = || match envelope.body {
            Body::Text(_) => None,
            Body::Event(_) | Body::Invocation(_) | Body::Json(_) => Some(envelope.document()),
        };
        Matter { notification, now, document: LazyCell::new(Box::new(document)), body: LazyCell::new(Box::new(body)) }
    }

    pub(super) fn severity(&self) -> Severity {
        self.notification.severity
    }

    pub(super) fn occurred_at(&self) -> Option<Timestamp> {
        self.notification.occurred_at
    }

    pub(super) fn now(&self) -> Option<Timestamp> {
        self.now
    }

    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    pub(super) fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }
}
