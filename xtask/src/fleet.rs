//! The plot in docs/kubernetes.md: how often a fleet asks AWS for tokens, from the files that its models write.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::command::root;

/// Where the plot is.
pub const PLOT: &str = "docs/fleet/fleet.svg";

/// A file of a model: its name, and of its columns which are drawn, how, and what they are called.
const FILES: [(&str, &[Line]); 2] = [
    (
        "nodes.csv",
        &[
            Line { column: "upstream", colour: "#c2410c", title: "10,000 nodes, upstream's provider" },
            Line { column: "ours", colour: "#1d4ed8", title: "10,000 nodes, ecrpass" },
        ],
    ),
    (
        "namespaces.csv",
        &[
            Line { column: "cronjobs", colour: "#a16207", title: "5,000 namespaces, a CronJob in each" },
            Line { column: "operator", colour: "#15803d", title: "5,000 namespaces, ecrpass-operator" },
        ],
    ),
];

struct Line {
    column: &'static str,
    colour: &'static str,
    title: &'static str,
}

/// Calls that AWS answers in a second.
const QUOTA: f64 = 500.0;

const LEFT: f64 = 60.0;
const TOP: f64 = 20.0;
const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 320.0;

/// From what to what the axis goes, as powers of ten: less than one call a second is drawn on the ground.
const POWERS: std::ops::RangeInclusive<i32> = 0..=4;

const HOURS: f64 = 48.0;

/// The drawing.
///
/// # Errors
/// When a model has not written its file.
pub fn plot() -> Result<String> {
    let mut drawn = String::new();
    let mut legend = String::new();
    let mut number = 0;
    for (name, lines) in FILES {
        let path = root().join("docs/fleet").join(name);
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for line in lines {
            let points = points(&text, line.column).with_context(|| format!("{}", path.display()))?;
            let peak = points.iter().map(|(_, calls)| *calls).fold(0.0, f64::max);
            let path: Vec<String> =
                points.iter().map(|(minute, calls)| format!("{:.1},{:.1}", x(*minute), y(*calls))).collect();
            let _ = writeln!(
                drawn,
                "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" points=\"{}\"/>",
                line.colour,
                path.join(" ")
            );
            let (column, row) = (f64::from(number % 2), f64::from(number / 2));
            let (across, down) = (LEFT + column * 420.0, TOP + HEIGHT + 52.0 + row * 20.0);
            let _ = writeln!(
                legend,
                "<rect x=\"{across}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{down}\">{}: at most {peak}/s</text>",
                down - 6.0,
                line.colour,
                across + 20.0,
                line.title
            );
            number += 1;
        }
    }
    ensure!(number > 0, "no model has written its file: see docs/fleet/README.md");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 440\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Calls to GetAuthorizationToken in a second, over 48 hours\">\n<rect width=\"900\" height=\"440\" fill=\"#ffffff\"/>\n{}{drawn}{legend}</svg>\n",
        axes()
    ))
}

fn axes() -> String {
    let mut text = String::new();
    let (right, bottom) = (LEFT + WIDTH, TOP + HEIGHT);
    for power in POWERS {
        let calls = 10_f64.powi(power);
        let down = y(calls);
        let _ = writeln!(
            text,
            "<line x1=\"{LEFT}\" y1=\"{down:.1}\" x2=\"{right}\" y2=\"{down:.1}\" stroke=\"#e5e7eb\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{calls}</text>",
            LEFT - 8.0,
            down + 4.0
        );
    }
    for hour in (0..=48).step_by(6) {
        let across = x(f64::from(hour) * 60.0);
        let _ = writeln!(
            text,
            "<line x1=\"{across:.1}\" y1=\"{TOP}\" x2=\"{across:.1}\" y2=\"{bottom}\" stroke=\"#f3f4f6\"/><text x=\"{across:.1}\" y=\"{}\" text-anchor=\"middle\">{hour} h</text>",
            bottom + 18.0
        );
    }
    let quota = y(QUOTA);
    let _ = writeln!(
        text,
        "<line x1=\"{LEFT}\" y1=\"{quota:.1}\" x2=\"{right}\" y2=\"{quota:.1}\" stroke=\"#111827\" stroke-dasharray=\"6 4\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">quota: {QUOTA}/s</text>",
        right - 4.0,
        quota - 5.0
    );
    text
}

fn x(minute: f64) -> f64 {
    LEFT + WIDTH * minute / (HOURS * 60.0)
}

fn y(calls: f64) -> f64 {
    let (low, high) = (f64::from(*POWERS.start()), f64::from(*POWERS.end()));
    let power = calls.max(10_f64.powf(low)).log10().min(high);
    TOP + HEIGHT * (1.0 - (power - low) / (high - low))
}

/// Minutes and calls of a column.
fn points(text: &str, column: &str) -> Result<Vec<(f64, f64)>> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = lines.next().context("no head")?.split(',').collect();
    let at = names.iter().position(|name| *name == column).with_context(|| format!("no column {column}"))?;
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |at: usize| -> Result<f64> { Ok(cells.get(at).context("a short row")?.parse()?) };
            Ok((cell(0)?, cell(at)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_what_is_none_is_told() {
        let text = "# note\nminute,a,b\n0,1,2\n5,3,4\n";
        assert_eq!(points(text, "b").unwrap(), [(0.0, 2.0), (5.0, 4.0)]);
        assert!(points(text, "c").is_err());
        assert!(points("minute,a\n0\n", "a").is_err());
    }

    #[test]
    fn more_is_higher_and_the_quota_is_in_between() {
        assert!(y(QUOTA) > y(5000.0) && y(QUOTA) < y(50.0));
        assert_eq!((y(0.0), y(1.0)), (TOP + HEIGHT, TOP + HEIGHT));
        assert!(x(0.0) < x(60.0) && x(HOURS * 60.0) == LEFT + WIDTH);
    }
}
