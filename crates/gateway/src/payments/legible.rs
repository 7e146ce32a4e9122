//! Which characters people can see, and which change how the text around them is read.

/// Whether anybody can see something of the text.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !is_unseen(c))
}

/// Control characters, line and paragraph separators, and the `Bidi_Control` characters of
/// Unicode: they break lines, drive terminals, and turn the text around them.
pub fn is_disruptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// Characters without any effect but to make equal texts different: the zero-width space, the word
/// joiner, the byte order mark, and what annotations are marked with. The joiners are none of
/// them: emoji and several scripts need those.
pub const fn is_void(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Characters that leave no ink: white space, controls, what Unicode calls
/// `Default_Ignorable_Code_Point`
/// (<https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>), annotations and
/// the empty pattern of Braille.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || is_disruptive(c)
        || is_void(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_formats_alone_are_nothing_to_see_and_every_script_is() {
        for text in [
            "",
            " ",
            "\u{a0}",
            "\u{200b}",
            "\u{feff}",
            "\u{3000}\t",
            "\u{ad}",
            "\u{2800}",
            "\u{3164}",
            "\u{200d}\u{fe0f}",
            "\u{202e}\u{2066}",
            "\0",
            "\u{e0041}",
            "\u{180e}",
        ] {
            assert!(!is_visible(text), "{text:?}");
        }
        for text in [
            "a",
            " 1 ",
            "-",
            "。",
            "م",
            "क",
            "😀",
            "\u{200f}א",
            "\u{fffd}",
        ] {
            assert!(is_visible(text), "{text:?}");
        }
    }
}
