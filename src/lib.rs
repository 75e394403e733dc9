//! hikyaku (飛脚, the express couriers of old Japan): what AWS says, brought to where people read it.
//!
//! # One way for the data
//! ```text
//! ingress ──► sources ──► route ──► render ──► deliver ──► report
//!  unwrap     decode      choose    fill the   send, retry, answer Lambda
//!  envelopes  to facts    receivers template,  remember    or the shell
//!                                   fit, escape
//! ```
//! A payload comes in and is unwrapped to [envelopes](ingress::Envelope); each becomes a
//! [`Notification`](notification::Notification); [routes](route) choose receivers; a [template](template) of the
//! receiver's [channel](channels) makes the [message](render::Message); [`deliver`] sends messages side by side and
//! collects one [`Outcome`](outcome::Outcome) each. Nothing flows back. [`app`] alone names every stage.
//!
//! **Facts in the middle, words at the end.** A source gives typed facts and the sender's own words, never a sentence of
//! ours; `render` makes headline, summary and labels of them in the receiver's locale and time zone.
//!
//! # Where a thing goes
//! | module | holds |
//! | --- | --- |
//! | [`notification`], [`outcome`], [`secret`], [`text`] | the domain: what happened, how a delivery went, what must not be seen, text as such |
//! | [`pattern`] | EventBridge patterns over JSON |
//! | [`template`] | handlebars and nothing else of it: escaping by channel, bounded output, what is wrong with a template |
//! | [`net`], [`aws`] | the one `reqwest`, with its rules of where a message may go; AWS clients built on first use |
//! | [`ingress`] | carriers, one file each |
//! | [`trust`] | who may send to us: topics, SNS's signatures |
//! | [`sources`] | senders, one file each, the list of them, and those that a configuration declares |
//! | [`route`] | who gets what, and why |
//! | [`render`] | words by locale, lookup of templates, fit |
//! | [`channels`] | one file each: config, limits, payload, reading of the answer |
//! | [`secrets`] | references resolved, kept for five minutes |
//! | [`memory`] | what was delivered, and where failures rest |
//! | [`deliver`] | fan-out and the one retry policy |
//! | [`config`] | read, checked, all problems at once |
//! | [`app`], [`lambda`], [`cli`], [`outside`] | the stages in a row, and the two programs around them |
//! | [`migrate`] | what AWS Chatbot was told, turned into a configuration; receivers of Chime turned into others |
//! | [`doctor`] | what would be lost, before it is: the template, the account, the configuration |
//! | [`samples`], [`expect`] | events to try things out with; expectations held against the stages |
//!
//! Who may use whom stands in `tests/house.rs`, which holds it.

pub mod app;
pub mod aws;
pub mod channels;
pub mod cli;
pub mod config;
pub mod deliver;
pub mod doctor;
pub mod expect;
pub mod ingress;
pub mod lambda;
pub mod memory;
pub mod migrate;
pub mod net;
pub mod notification;
pub mod outcome;
pub mod outside;
pub mod pattern;
pub mod render;
pub mod route;
pub mod samples;
pub mod secret;
pub mod secrets;
pub mod sources;
pub mod template;
pub mod text;
pub mod trust;
