//! What of a configuration the expectations have touched.

use serde::Serialize;

use crate::app::Explanation;
use crate::config::Config;

/// How often each route matched, and each of the user's templates made a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// In their order.
    pub routes: Vec<Touched>,
    pub templates: Vec<Touched>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// `route 0, to ops`, `slack/certificate.hbs`
    pub name: String,
    pub times: usize,
}

impl Coverage {
    /// Of `config`, untouched.
    pub fn of(config: &Config) -> Coverage {
        let untouched = |name: String| Touched { name, times: 0 };
        let routes =
            config.routes.iter().enumerate().map(|(index, route)| untouched(format!("route {index}, {}", route.leads_to())));
        let templates = config.library.own().map(|name| untouched(format!("{name}.hbs")));
        Coverage { routes: routes.collect(), templates: templates.collect() }
    }

    /// Counts what became of one event.
    pub fn note(&mut self, explanations: &[Explanation]) {
        for explanation in explanations {
            for step in explanation.routes.iter().filter(|step| step.matched) {
                self.routes.get_mut(step.index).into_iter().for_each(|route| route.times += 1);
            }
            // Where the built-in one had to serve, the user's made nothing.
            for delivery in explanation.deliveries.iter().filter(|delivery| delivery.degraded.is_none()) {
                self.templates
                    .iter_mut()
                    .filter(|template| template.name == delivery.template)
                    .for_each(|template| template.times += 1);
            }
        }
    }
}
