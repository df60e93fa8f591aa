//! The table in `docs/configuration.md` of how each client's rules were verified, from the clients' models. So a new
//! client's row needs no hand.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use ecrpass_clients::client::{Client, Verified};

/// The page with the table.
pub const PAGE: &str = "docs/configuration.md";

const START: &str = "<!-- verified -->\n";
const END: &str = "<!-- /verified -->";

/// The page with today's table.
///
/// # Errors
/// When the page has no place for the table.
pub fn page(page: &str) -> Result<String> {
    let place = || format!("{PAGE} has no `{}` and `{END}` after it", START.trim_end());
    let (before, rest) = page.split_once(START).with_context(place)?;
    let (_, after) = rest.split_once(END).with_context(place)?;
    Ok(format!("{before}{START}{}{END}{after}", table()))
}

fn table() -> String {
    let mut table = String::from("| client | rules |\n| --- | --- |\n");
    for client in Client::ALL {
        let how = match client.verified() {
            Verified::Run(versions) => format!("run: {versions}"),
            Verified::Read => "read".to_owned(),
        };
        let _ = writeln!(table, "| {} | {how} |", client.title());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_alone_is_written() {
        let written = page("a\n<!-- verified -->\nold\n<!-- /verified -->\nb\n").unwrap();
        assert_eq!(written, format!("a\n{START}{}{END}\nb\n", table()));
        assert_eq!(page(&written).unwrap(), written);
        for client in Client::ALL {
            assert!(written.contains(&format!("\n| {} | r", client.title())), "{client}");
        }
        assert!(page("a\n<!-- /verified -->\n<!-- verified -->\nb").is_err());
    }
}
