//! The Python parser, one per thread.

use std::cell::RefCell;

use tree_sitter::{Node, Parser, Tree};

use crate::surface::Unreadable;

/// Largest source that is parsed, in bytes. Larger files of real releases are generated tables.
pub const MAX_BYTES: usize = 4 << 20;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// The text of a source file without byte order mark.
pub fn decode(source: &[u8]) -> Result<&str, Unreadable> {
    if source.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    // A NUL is valid UTF-8, but no source that Python reads holds one.
    if source.contains(&0) {
        return Err(Unreadable::Unparsable);
    }
    // The decoder's error says where, which nobody reads: the file is counted, not shown.
    std::str::from_utf8(source).ok().ok_or(Unreadable::NotUtf8)
}

/// Parses Python source. Errors in the source are nodes of the tree; `None` only where the parser gave up.
pub fn parse(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            parser
                .set_language(&tree_sitter_python::LANGUAGE.into())
                .expect("the grammar is built for this version of the parser");
            parser
        });
        // A parse that was given up leaves its state behind.
        parser.reset();
        parser.parse(text, None)
    })
}

/// Source of a node.
pub fn text_of<'s>(node: Node<'_>, source: &'s str) -> &'s str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// Line of a node's start, from 1.
pub fn line_of(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row + 1).unwrap_or(u32::MAX)
}
