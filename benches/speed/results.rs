//! What was measured: medians of all rounds, how far the rounds lie apart, and what was to be reached.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use serde_json::{Value, json};

/// What a figure is to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

/// One figure, with its value in each round.
struct Figure {
    work: String,
    what: &'static str,
    unit: &'static str,
    values: Vec<f64>,
    to_reach: Option<Bound>,
}

impl Figure {
    fn median(&self) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn lowest(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn highest(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Results(Vec<Figure>);

impl Results {
    /// Adds the value of this round.
    pub(crate) fn add(&mut self, work: &str, what: &'static str, unit: &'static str, value: f64) {
        match self.0.iter_mut().find(|figure| figure.work == work && figure.what == what) {
            Some(figure) => figure.values.push(value),
            None => self.0.push(Figure { work: work.to_owned(), what, unit, values: vec![value], to_reach: None }),
        }
    }

    /// The same for a figure that is to reach something.
    pub(crate) fn add_bound(&mut self, work: &str, what: &'static str, unit: &'static str, value: f64, bound: Bound) {
        self.add(work, what, unit, value);
        if let Some(figure) = self.0.iter_mut().find(|figure| figure.work == work && figure.what == what) {
            figure.to_reach = Some(bound);
        }
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table =
            "| work | figure | median | lowest – highest | to reach | |\n|---|---|---|---|---|---|\n".to_owned();
        for figure in &self.0 {
            let (to_reach, reached) = match figure.to_reach {
                Some(bound @ Bound::AtLeast(value)) => {
                    (format!("≥ {}", number(value)), word(bound.holds(figure.median())))
                }
                Some(bound @ Bound::AtMost(value)) => {
                    (format!("≤ {}", number(value)), word(bound.holds(figure.median())))
                }
                None => (String::new(), ""),
            };
            let Figure { work, what, unit, .. } = figure;
            let (median, lowest, highest) =
                (number(figure.median()), number(figure.lowest()), number(figure.highest()));
            let spread = if figure.values.len() > 1 { format!("{lowest} – {highest}") } else { String::new() };
            writeln!(table, "| {work} | {what} | {median} {unit} | {spread} | {to_reach} | {reached} |").ok();
        }
        table
    }

    /// For machines.
    fn json(&self, machine: &Value) -> Value {
        let figures = self.0.iter().map(|figure| {
            let bound = figure.to_reach.map(|bound| match bound {
                Bound::AtLeast(value) => json!({ "at_least": value }),
                Bound::AtMost(value) => json!({ "at_most": value }),
            });
            json!({
                "work": figure.work, "figure": figure.what, "unit": figure.unit, "median": figure.median(),
                "rounds": figure.values, "to_reach": bound,
                "reached": figure.to_reach.map(|bound| bound.holds(figure.median())),
            })
        });
        json!({ "machine": machine, "figures": figures.collect::<Vec<_>>() })
    }

    /// Writes both to this folder.
    pub(crate) fn write(&self, folder: &Path, machine: &Value) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("results.json"), serde_json::to_string_pretty(&self.json(machine))?)?;
        Ok(fs::write(folder.join("results.md"), self.table())?)
    }
}

fn word(reached: bool) -> &'static str {
    if reached { "yes" } else { "**no**" }
}

/// With as many digits as mean something.
fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
