//! How much is shown.

/// How much of everything is shown, in characters and pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub headline: usize,
    /// A summary, what to do, a value.
    pub line: usize,
    pub description: usize,
    pub resources: usize,
    pub facts: usize,
    pub links: usize,
}

impl Caps {
    /// What a person reads in a chat: six facts, three resources, a text that fits one section of Slack's.
    pub const DEFAULT: Caps = Caps { headline: 180, line: 600, description: 1500, resources: 3, facts: 6, links: 2 };

    /// Everything.
    pub const NONE: Caps = Caps {
        headline: usize::MAX,
        line: usize::MAX,
        description: usize::MAX,
        resources: usize::MAX,
        facts: usize::MAX,
        links: usize::MAX,
    };

    /// The next smaller ones: fewer resources, then a shorter description, then fewer facts, then shorter lines, then no
    /// links.
    pub fn shrunk(self) -> Option<Caps> {
        const LEAST_DESCRIPTION: usize = 60;
        const LEAST_LINE: usize = 40;
        if self.resources > 0 {
            Some(Caps { resources: (self.resources - 1).min(self.resources / 2 + 1), ..self })
        } else if self.description > LEAST_DESCRIPTION {
            Some(Caps { description: self.description / 2, ..self })
        } else if self.description > 0 {
            Some(Caps { description: 0, ..self })
        } else if self.facts > 0 {
            Some(Caps { facts: (self.facts - 1).min(self.facts / 2 + 1), ..self })
        } else if self.line > LEAST_LINE || self.headline > LEAST_LINE {
            let half = |length: usize| (length / 2).max(LEAST_LINE);
            Some(Caps { line: half(self.line), headline: half(self.headline), ..self })
        } else {
            (self.links > 0).then_some(Caps { links: 0, ..self })
        }
    }
}
