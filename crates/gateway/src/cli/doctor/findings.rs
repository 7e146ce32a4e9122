//! What the doctor has found, told line by line.

use std::fmt::Display;

use super::Failure;

/// Says that something is as it should be.
pub(super) fn fine(what: impl Display) {
    println!("ok       {what}");
}

/// Says what is as somebody has set it up, and may not be as meant.
pub(super) fn note(what: impl Display) {
    println!("note     {what}");
}

/// The problems that were told so far.
#[derive(Default)]
pub(super) struct Findings {
    problems: usize,
}

impl Findings {
    pub(super) fn problem(&mut self, what: impl Display) {
        self.problems += 1;
        println!("PROBLEM  {what}");
    }

    /// Says one thing or the other.
    pub(super) fn judge(&mut self, is_fine: bool, what: impl Display) {
        if is_fine {
            fine(what);
        } else {
            self.problem(what);
        }
    }

    /// Fails where there was a problem.
    pub(super) fn conclude(self) -> Result<(), Failure> {
        match self.problems {
            0 => {
                println!("No problem was found.");
                Ok(())
            }
            1 => Err("one problem was found".into()),
            count => Err(format!("{count} problems were found").into()),
        }
    }
}
