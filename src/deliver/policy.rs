//! How often, how long, how far apart.

use std::time::Duration;

/// The retry policy of one invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub max_attempts: u32,
    /// From the first byte sent to the last byte read.
    pub attempt_timeout: Duration,
    /// The longest wait after the first failed attempt; it doubles with each further one.
    pub first_wait: Duration,
    /// A receiver that asks for more than this is left to the queue.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            max_attempts: 3,
            attempt_timeout: Duration::from_secs(8),
            first_wait: Duration::from_millis(400),
            longest_wait: Duration::from_secs(30),
        }
    }
}

impl Policy {
    /// How long to wait after `attempts` failed ones: anything up to the exponential bound, so that many functions do not
    /// come back together (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
    pub fn backoff(&self, attempts: u32) -> Duration {
        let bound = self.first_wait.saturating_mul(1 << attempts.saturating_sub(1).min(6));
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f03_the_wait_is_anywhere_below_a_bound_that_doubles() {
        let policy = Policy::default();
        for (attempts, bound) in [(1, 400), (2, 800), (3, 1600), (7, 25_600), (99, 25_600)] {
            let bound = Duration::from_millis(bound);
            let waits: Vec<Duration> = (0..300).map(|_| policy.backoff(attempts)).collect();
            assert!(waits.iter().all(|wait| *wait <= bound), "{attempts}");
            assert!(waits.iter().any(|wait| *wait > bound.mul_f64(0.75)), "{attempts}");
            assert!(waits.iter().any(|wait| *wait < bound.mul_f64(0.25)), "{attempts}");
        }
    }
}
