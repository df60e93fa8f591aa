//! Signatures in the query of a URL, under a name that is too common elsewhere: CloudFront's, and S3's of old.

/// The value of `Signature` where it stands in a query.
pub(super) fn signature(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    if !text.get(start..end)?.eq_ignore_ascii_case("signature") {
        return None;
    }
    let before = text.get(..start)?;
    // `&` as JSON and HTML write it, too.
    let is_in_query = ["?", "&", "\\u0026", "&amp;"].iter().any(|mark| before.ends_with(mark));
    let value = text.get(end..)?.strip_prefix('=').filter(|_| is_in_query)?;
    let is_end =
        |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | '>' | '\\' | ')' | ',' | '#');
    let length = value.find(is_end).unwrap_or(value.len());
    (length > 0).then_some((end + 1, end + 1 + length))
}
