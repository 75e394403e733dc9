pub mod ingress;
pub mod notification;
pub mod outcome;
pub mod secret;
pub mod text;
