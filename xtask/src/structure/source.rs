//! What one file of Rust says about its place: the modules it declares, the names it defines, and every name of another
//! module it uses.
//!
//! Tokens are enough for that, and unlike a parsed tree they show the paths inside of macro calls too. Code for tests
//! only is left out: what a test looks at is no part of the program's structure.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A module: a file, or a `mod name { … }` within one.
#[derive(Debug, Default)]
pub struct Module {
    /// `mod name;`, each with the file an attribute names.
    pub files: Vec<(String, Option<String>)>,
    /// `mod name { … }`.
    pub inline: Vec<(String, Module)>,
    /// Functions, types, constants and so on.
    pub defined: BTreeSet<String>,
    /// Every `use`.
    pub imports: Vec<Import>,
    /// Every path of two segments or more outside of `use`.
    pub paths: BTreeSet<Vec<String>>,
    /// Every other name that may be an imported one: no field, no method.
    pub names: BTreeSet<String>,
}

/// One name brought into scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path as it is written.
    pub path: Vec<String>,
    /// The name it has here; nothing for `*`.
    pub name: Option<String>,
    /// Whether others may use it from here.
    pub is_public: bool,
}

/// Reads a file.
///
/// # Errors
/// When it is not Rust.
pub fn read(text: &str) -> Result<Module> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("this is not Rust: {error}"))?;
    let mut module = Module::default();
    Reader { module: &mut module }.items(tokens, true);
    Ok(module)
}

struct Reader<'a> {
    module: &'a mut Module,
}

impl Reader<'_> {
    /// Reads tokens; `is_top` where an item belongs to the module and not to a body.
    fn items(&mut self, tokens: TokenStream, is_top: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut is_public = false;
        let mut file = None;
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let Some((attribute, after)) = attribute(after) else { continue };
                    rest = after;
                    if is_for_tests(attribute) {
                        rest = after_item(rest);
                    } else {
                        file = quoted_after(attribute, "path").or(file);
                        self.attribute(attribute.stream());
                    }
                    continue;
                }
                TokenTree::Ident(word) => match word.to_string().as_str() {
                    "pub" => {
                        is_public = true;
                        if let Some((TokenTree::Group(group), after)) = rest.split_first()
                            && group.delimiter() == Delimiter::Parenthesis
                        {
                            rest = after;
                        }
                        continue;
                    }
                    "use" => {
                        let end = rest.iter().position(|token| is_punct(token, ';')).unwrap_or(rest.len());
                        let (tree, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                        self.import(tree, &mut Vec::new(), is_public);
                        rest = after;
                    }
                    "mod" => rest = self.submodule(rest, file.take()),
                    keyword
                    @ ("fn" | "struct" | "enum" | "trait" | "type" | "union" | "const" | "static") => {
                        if is_top {
                            self.define(keyword, rest);
                        }
                    }
                    "macro_rules" => {
                        if let [_, TokenTree::Ident(name), ..] = rest {
                            self.module.defined.insert(name.to_string());
                        }
                    }
                    _ => rest = self.path(word.to_string(), rest),
                },
                // A field or a method: the name after the point is nobody's import.
                TokenTree::Punct(punct) if punct.as_char() == '.' => {
                    if let Some((TokenTree::Ident(_), after)) = rest.split_first() {
                        rest = after;
                    }
                }
                TokenTree::Group(group) => self.items(group.stream(), false),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            is_public = false;
        }
    }

    fn define(&mut self, keyword: &str, rest: &[TokenTree]) {
        if let Some(TokenTree::Ident(name)) = rest.first() {
            let name = name.to_string();
            // `const fn`, `const unsafe fn`: the name comes after `fn`.
            let is_keyword = ["fn", "unsafe", "async", "extern", "mut"].contains(&name.as_str());
            if !(keyword == "const" && is_keyword) {
                self.module.defined.insert(name);
            }
        }
    }

    fn submodule<'t>(&mut self, rest: &'t [TokenTree], file: Option<String>) -> &'t [TokenTree] {
        let Some((TokenTree::Ident(name), after)) = rest.split_first() else { return rest };
        let name = name.to_string();
        match after.split_first() {
            Some((TokenTree::Group(body), after)) => {
                let mut module = Module::default();
                Reader { module: &mut module }.items(body.stream(), true);
                self.module.inline.push((name, module));
                after
            }
            _ => {
                self.module.files.push((name, file));
                after
            }
        }
    }

    /// A tree of `use`, below the path read so far.
    fn import(&mut self, tree: &[TokenTree], path: &mut Vec<String>, is_public: bool) {
        let depth = path.len();
        let mut rest = tree;
        let mut name = None;
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    if let Some(TokenTree::Ident(alias)) = rest.first() {
                        name = Some(alias.to_string());
                    }
                    break;
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in tokens.split(|token| is_punct(token, ',')) {
                        self.import(branch, path, is_public);
                    }
                    path.truncate(depth);
                    return;
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    self.module.imports.push(Import { path: path.clone(), name: None, is_public });
                    path.truncate(depth);
                    return;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        // `use a::{self}` brings `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(last) = path.last() {
            let name = Some(name.unwrap_or_else(|| last.clone()));
            self.module.imports.push(Import { path: path.clone(), name, is_public });
        }
        path.truncate(depth);
    }

    /// `a::b::c` from `a` on, or a name of its own.
    fn path<'t>(&mut self, first: String, rest: &'t [TokenTree]) -> &'t [TokenTree] {
        let mut path = vec![first];
        let mut rest = rest;
        while let [colon, other, TokenTree::Ident(next), after @ ..] = rest
            && is_punct(colon, ':')
            && is_punct(other, ':')
        {
            path.push(next.to_string());
            rest = after;
        }
        match <[String; 1]>::try_from(path) {
            Ok([name]) => {
                self.module.names.insert(name);
            }
            Err(path) => {
                self.module.paths.insert(path);
            }
        }
        rest
    }

    /// Attributes name paths too, `serde` in quotes: `#[serde(serialize_with = "crate::visible::write")]`.
    fn attribute(&mut self, tokens: TokenStream) {
        for token in tokens.clone() {
            match token {
                TokenTree::Group(group) => self.attribute(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    let is_name = |part: &str| {
                        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                    };
                    if text.contains("::") && text.split("::").all(is_name) {
                        self.module.paths.insert(text.split("::").map(str::to_owned).collect());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
        self.items(tokens, false);
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// The brackets of an attribute, of `#![…]` too.
fn attribute(tokens: &[TokenTree]) -> Option<(&Group, &[TokenTree])> {
    match tokens {
        [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Bracket => {
            Some((group, rest))
        }
        [mark, TokenTree::Group(group), rest @ ..] if is_punct(mark, '!') => Some((group, rest)),
        _ => None,
    }
}

/// `#[cfg(test)]`, `#[cfg(all(test, unix))]`; not `#[cfg(not(test))]`.
fn is_for_tests(attribute: &Group) -> bool {
    fn names(tokens: TokenStream, wanted: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == wanted,
            TokenTree::Group(group) => names(group.stream(), wanted),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    let is_cfg =
        matches!(attribute.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "cfg");
    is_cfg && names(attribute.stream(), "test") && !names(attribute.stream(), "not")
}

/// What an attribute sets a word to: `#[path = "…"]`.
fn quoted_after(attribute: &Group, wanted: &str) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word), _, TokenTree::Literal(value)] if word == wanted => {
            Some(value.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// What follows the item that begins here.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let mut rest = tokens;
    let mut is_use = false;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return rest,
            TokenTree::Punct(punct) if punct.as_char() == ',' => return rest,
            TokenTree::Ident(word) if word == "use" => is_use = true,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_use => return rest,
            _ => {}
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn imports_are_read_with_their_names() {
        let module = read(
            "pub use a::{self, b::{C as D, E}, f::*};\nuse crate::x;\n#[cfg(test)] use crate::{y, z};\nfn f() { use super::Inner; }",
        )
        .unwrap();
        let found: Vec<_> = module
            .imports
            .iter()
            .map(|import| {
                let name = import.name.as_deref().unwrap_or("*");
                format!("{}{} as {name}", if import.is_public { "pub " } else { "" }, import.path.join("::"))
            })
            .collect();
        assert_eq!(
            found,
            [
                "pub a as a",
                "pub a::b::C as D",
                "pub a::b::E as E",
                "pub a::f as *",
                "crate::x as x",
                "super::Inner as Inner"
            ]
        );
    }

    #[test]
    fn paths_are_seen_in_bodies_macros_types_and_attributes() {
        let module = read(
            "struct A { #[serde(with = \"crate::hex\")] b: crate::deep::Type<super::up::Other> }\n\
             fn f() { println!(\"{}\", crate::words::all()); <A as crate::Trait>::go(); a.b.crate_like::<C>(); }\n\
             #[cfg(test)] mod tests { fn g() { crate::unseen::h(); } }\n\
             #[cfg(test)] fn k() -> u8 { crate::unseen::too() }",
        )
        .unwrap();
        for path in
            ["crate::hex", "crate::deep::Type", "super::up::Other", "crate::words::all", "crate::Trait"]
        {
            assert!(module.paths.contains(&words(path)), "{path}: {:?}", module.paths);
        }
        assert!(!module.paths.iter().any(|path| path.contains(&"unseen".to_owned())), "{:?}", module.paths);
    }

    #[test]
    fn modules_and_definitions_are_told_apart() {
        let module = read(
            "mod a; pub mod b { pub struct In; } #[path = \"g/c.rs\"] mod c;\n\
             pub const fn made() {} const LIST: [u8; 2] = [1, 2]; pub(crate) enum E { V } impl E { fn method() {} }",
        )
        .unwrap();
        assert_eq!(module.files, [("a".to_owned(), None), ("c".to_owned(), Some("g/c.rs".to_owned()))]);
        assert_eq!(module.inline.len(), 1);
        let defined: Vec<_> = module.defined.iter().map(String::as_str).collect();
        assert_eq!(defined, ["E", "LIST", "made"]);
    }
}
