//! The picture of the helper's speed: a bar for each row of the table in `docs/performance.md`, which somebody fills in
//! from `cargo xtask bench`. So picture and figures cannot differ.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};

/// Where the picture is.
pub const PICTURE: &str = "docs/images/performance.svg";
/// Where the figures are.
pub const PAGE: &str = "docs/performance.md";

/// The head of the table.
const HEAD: &str = "| whole process | median | peak memory |";

const LEFT: f64 = 330.0;
const WIDTH: f64 = 440.0;
const ROW: f64 = 26.0;

/// A row: what was measured, and in how many milliseconds.
struct Row<'a> {
    what: &'a str,
    milliseconds: f64,
}

/// The drawing, from the page's text.
///
/// # Errors
/// When the page has no such table, or a cell is no time.
pub fn picture(page: &str) -> Result<String> {
    let rows = rows(page)?;
    let longest = rows.iter().map(|row| row.milliseconds).fold(0.0, f64::max);
    ensure!(longest > 0.0, "{PAGE} has no figures in its table");
    let mut drawn = String::new();
    let mut down = 10.0;
    for row in &rows {
        // A program that does nothing is there to compare with.
        let colour = match row.what {
            what if what.starts_with("our ") => "#1d4ed8",
            what if what.starts_with("Amazon") => "#c2410c",
            _ => "#9ca3af",
        };
        let length = (WIDTH * row.milliseconds / longest).max(1.0);
        let _ = writeln!(
            drawn,
            "<text x=\"{}\" y=\"{:.0}\" text-anchor=\"end\">{}</text><rect x=\"{LEFT}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"14\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.0}\">{} ms</text>",
            LEFT - 10.0,
            down + 16.0,
            row.what,
            down + 5.0,
            LEFT + length + 8.0,
            down + 16.0,
            row.milliseconds
        );
        down += ROW;
    }
    let height = down + 10.0;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 850 {height:.0}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"How long one call of a credential helper takes, in milliseconds\">\n<rect width=\"850\" height=\"{height:.0}\" fill=\"#ffffff\"/>\n{drawn}</svg>\n"
    ))
}

fn rows(page: &str) -> Result<Vec<Row<'_>>> {
    let (_, table) = page.split_once(HEAD).with_context(|| format!("{PAGE} has no table `{HEAD}`"))?;
    // Behind the line of dashes.
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    lines
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let (what, median) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let number =
                median.strip_suffix(" ms").with_context(|| format!("`{median}` is no time in ms"))?;
            Ok(Row { what, milliseconds: number.parse().with_context(|| format!("`{median}` is no time"))? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_figure() {
        let page = format!(
            "# x\n\n{HEAD}\n| --- | --- | --- |\n| our helper | 1.5 ms | 1 MB |\n| Amazon's | 3 ms | 2 MB |\n\n| a | b |\n"
        );
        let picture = picture(&page).unwrap();
        assert!(picture.contains("width=\"220.0\" height=\"14\" fill=\"#1d4ed8\""), "{picture}");
        assert!(picture.contains("width=\"440.0\"") && picture.contains(">1.5 ms<"), "{picture}");
        assert_eq!(picture.matches("<rect").count(), 3);
    }

    #[test]
    fn a_table_that_cannot_be_drawn_is_an_error() {
        assert!(picture("# x\n").is_err());
        assert!(picture(&format!("{HEAD}\n| --- |\n| a | soon | b |\n")).is_err());
        assert!(picture(&format!("{HEAD}\n| --- |\n")).is_err());
    }
}
