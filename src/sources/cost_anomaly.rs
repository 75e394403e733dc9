pub(super) fn decode(_: &crate::ingress::Envelope) -> Option<crate::notification::Notification> { None }
