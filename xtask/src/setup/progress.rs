//! Says which step is under way, and how it ended.

use std::time::Instant;

pub struct Progress {
    done: usize,
    steps: usize,
}

pub struct Step {
    heading: String,
    start: Instant,
}

impl Progress {
    pub fn new(steps: usize) -> Self {
        Self { done: 0, steps }
    }

    pub fn step(&mut self, what: &str) -> Step {
        self.done += 1;
        Step {
            heading: format!("[{}/{}] {what}", self.done, self.steps),
            start: Instant::now(),
        }
    }
}

impl Step {
    pub fn found(&self) {
        eprintln!("{}: there", self.heading);
    }

    pub fn installing(&self, duration: &str) {
        eprintln!("{}: installing (about {duration})…", self.heading);
    }

    pub fn installed(&self) {
        let seconds = self.start.elapsed().as_secs();
        eprintln!("{}: installed in {seconds} s", self.heading);
    }
}
