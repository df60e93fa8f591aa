//! A text with indentation, line by line.

/// A text that grows by lines.
#[derive(Default)]
pub struct Writer {
    text: String,
}

impl Writer {
    /// A text that begins with comments.
    pub fn with_comments(mark: &str, comments: &[String]) -> Self {
        let mut writer = Self::default();
        for comment in comments {
            writer.line(0, &format!("{mark} {comment}"));
        }
        writer
    }

    /// A line, so many spaces in.
    pub fn line(&mut self, indent: usize, content: &str) {
        if !content.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', indent));
            self.text.push_str(content);
        }
        self.text.push('\n');
    }

    /// Lines, all so many spaces in.
    pub fn lines<T: AsRef<str>>(&mut self, indent: usize, lines: &[T]) {
        for line in lines {
            self.line(indent, line.as_ref());
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }
}
