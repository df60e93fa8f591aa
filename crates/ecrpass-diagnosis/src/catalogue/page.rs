//! The documentation of a root cause: Markdown with a title, an explanation and sections.

/// A page of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page(&'static str);

impl Page {
    /// A page, from its Markdown text.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The page as it is written, without what the entry says of confirming and fixing.
    pub fn text(self) -> &'static str {
        self.0
    }

    /// What is wrong, in a line.
    pub fn title(self) -> &'static str {
        self.0.lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// What it means: the paragraphs before the first section.
    pub fn explanation(self) -> String {
        let body = self.0.split_once('\n').map_or("", |(_, body)| body);
        flowing(body.split("\n## ").next().unwrap_or_default())
    }

    /// A section, by its heading.
    pub fn section(self, heading: &str) -> Option<String> {
        let found = self.0.split("\n## ").skip(1).find_map(|section| {
            let (title, text) = section.split_once('\n')?;
            (title == heading).then_some(text)
        })?;
        Some(flowing(found))
    }

    /// What is affected while it lasts.
    pub fn impact(self) -> Option<String> {
        self.section("Meanwhile")
    }

    /// What to do once it is fixed.
    pub fn after(self) -> Option<String> {
        self.section("Afterwards")
    }
}

/// Paragraphs as one line each.
fn flowing(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n");
    paragraphs
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_taken_apart() {
        let page = Page(
            "# A title\n\nWhat it\nmeans.\n\nMore.\n\n## Why it happens\n\nx\n\n## Afterwards\n\nTry\nagain.\n",
        );
        assert_eq!(page.title(), "A title");
        assert_eq!(page.explanation(), "What it means.\nMore.");
        assert_eq!(page.after().as_deref(), Some("Try again."));
        assert_eq!(page.impact(), None);
    }
}
