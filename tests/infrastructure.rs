//! What `infra/` promises, held on the templates as CloudFormation would read them: whatever fails comes to rest somewhere,
//! who may publish can, nobody may more than he needs, and somebody hears of it. A test that begins with a row's number holds
//! that row of the list of faults. Nothing here has been deployed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[path = "infrastructure/alarms.rs"]
mod alarms;
#[path = "infrastructure/failures.rs"]
mod failures;
#[path = "infrastructure/privilege.rs"]
mod privilege;
#[path = "infrastructure/publishers.rs"]
mod publishers;
#[path = "infrastructure/readme.rs"]
mod readme;
#[path = "infrastructure/stack.rs"]
mod stack;
#[path = "infrastructure/wiring.rs"]
mod wiring;
#[path = "infrastructure/workflows.rs"]
mod workflows;
#[path = "infrastructure/yaml.rs"]
mod yaml;
