//! Chromium and its driver, for the tests.

use std::path::PathBuf;

use super::{apt, named, progress::Progress};
use crate::{
    failure::{Failure, Outcome},
    programs,
};

pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

pub fn find_or_install(progress: &mut Progress) -> Outcome<Browser> {
    let step = progress.step("Chromium and chromedriver");
    if let Some(found) = find()? {
        step.found();
        return Ok(found);
    }
    apt::install(
        &["chromium", "chromium-driver"],
        "the tests need Chromium and chromedriver (on PATH, or named by CHROME and CHROMEDRIVER)",
        "a minute",
        &step,
    )?;
    find()?.ok_or_else(|| {
        Failure::new("Chromium was installed but is not on PATH: set CHROME and CHROMEDRIVER to the programs")
    })
}

fn find() -> Outcome<Option<Browser>> {
    let chromium = named("CHROME")?.or_else(|| {
        programs::find_any(&[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ])
    });
    let driver = named("CHROMEDRIVER")?.or_else(|| programs::find("chromedriver"));
    Ok(chromium
        .zip(driver)
        .map(|(chromium, driver)| Browser { chromium, driver }))
}
