//! What of a configuration the expectations have touched.

use serde::Serialize;

use crate::app::Explanation;
use crate::config::Config;
use crate::route::{self, Step};

/// How often each route sent or dropped something, and each of the user's templates made a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// In their order.
    pub routes: Vec<Touched>,
    pub templates: Vec<Touched>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// `route 0, to ops`, `route 1.0, drop`, `slack/certificate.hbs`
    pub name: String,
    pub times: usize,
}

impl Coverage {
    /// Of `config`, untouched.
    pub fn of(config: &Config) -> Coverage {
        let untouched = |name: String| Touched { name, times: 0 };
        // What only leads to its own routes is touched by them.
        let routes = route::all(&config.routes).into_iter().filter(|(_, route)| route.leads_somewhere());
        let routes = routes.map(|(path, route)| untouched(format!("route {path}, {}", route.leads_to())));
        let templates = config.library.own().map(|name| untouched(format!("{name}.hbs")));
        Coverage { routes: routes.collect(), templates: templates.collect() }
    }

    /// Counts what became of one event.
    pub fn note(&mut self, explanations: &[Explanation]) {
        for explanation in explanations {
            self.note_routes(&explanation.routes, "");
            // Where the built-in one had to serve, the user's made nothing.
            for delivery in explanation.deliveries.iter().filter(|delivery| delivery.degraded.is_none()) {
                self.templates
                    .iter_mut()
                    .filter(|template| template.name == delivery.template)
                    .for_each(|template| template.times += 1);
            }
        }
    }

    fn note_routes(&mut self, steps: &[Step], above: &str) {
        for step in steps {
            let path = route::path(above, step.index);
            if step.serves() {
                let name = format!("route {path},");
                self.routes.iter_mut().filter(|route| route.name.starts_with(&name)).for_each(|route| route.times += 1);
            }
            self.note_routes(&step.routes, &path);
        }
    }
}
