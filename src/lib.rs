pub mod ingress;
pub mod notification;
pub mod outcome;
pub mod secret;
pub mod sources;
pub mod template;
pub mod text;
