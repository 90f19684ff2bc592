//! Letters for drawn text: a bitmap font of five by seven, smoothed when it is enlarged.

/// Columns of a letter's field.
const COLUMNS: usize = 5;

/// Rows of a letter's field: seven above the line that letters stand on, two below.
const ROWS: usize = 9;

/// Height of a capital, in rows.
pub(super) const CAPITAL: f32 = 7.0;

/// Letters and their shapes, each bank a row of fields with a column between.
const BANKS: [(&str, [&str; ROWS]); 6] = [
    (
        "ABCDEFGHIJKLM",
        [
            ".###. ####. .###. ####. ##### ##### .###. #...# ###.. ..### #...# #.... #...#",
            "#...# #...# #...# #...# #.... #.... #...# #...# .#... ...#. #..#. #.... ##.##",
            "#...# #...# #.... #...# #.... #.... #.... #...# .#... ...#. #.#.. #.... #.#.#",
            "##### ####. #.... #...# ####. ####. #.### ##### .#... ...#. ##... #.... #.#.#",
            "#...# #...# #.... #...# #.... #.... #...# #...# .#... ...#. #.#.. #.... #...#",
            "#...# #...# #...# #...# #.... #.... #...# #...# .#... #..#. #..#. #.... #...#",
            "#...# ####. .###. ####. ##### #.... .#### #...# ###.. .##.. #...# ##### #...#",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
        ],
    ),
    (
        "NOPQRSTUVWXYZ",
        [
            "#...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####",
            "##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....#",
            "#.#.# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.",
            "#.#.# #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..",
            "#.#.# #...# #.... #.#.# #.#.. ....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#...",
            "#..## #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #....",
            "#...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
        ],
    ),
    (
        "abcdefghijklm",
        [
            "..... #.... ..... ....# ..... ..##. ..... #.... #.... ..#.. #.... #.... .....",
            "..... #.... ..... ....# ..... .#... ..... #.... ..... ..... #.... #.... .....",
            ".###. ####. .###. .#### .###. ###.. .#### ####. #.... ..#.. #..#. #.... ##.#.",
            "....# #...# #.... #...# #...# .#... #...# #...# #.... ..#.. #.#.. #.... #.#.#",
            ".#### #...# #.... #...# ##### .#... #...# #...# #.... ..#.. ##... #.... #.#.#",
            "#...# #...# #.... #...# #.... .#... #...# #...# #.... ..#.. #.#.. #.... #.#.#",
            ".#### ####. .###. .#### .###. .#... .#### #...# #.... ..#.. #..#. .#... #.#.#",
            "..... ..... ..... ..... ..... ..... ....# ..... ..... ..#.. ..... ..... .....",
            "..... ..... ..... ..... ..... ..... .###. ..... ..... ##... ..... ..... .....",
        ],
    ),
    (
        "nopqrstuvwxyz",
        [
            "..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....",
            "..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....",
            "####. .###. ####. .#### #.##. .#### ###.. #...# #...# #...# #...# #...# #####",
            "#...# #...# #...# #...# ##... #.... .#... #...# #...# #.#.# .#.#. #...# ...#.",
            "#...# #...# #...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#..",
            "#...# #...# #...# #...# #.... ....# .#... #...# .#.#. #.#.# .#.#. #...# .#...",
            "#...# .###. ####. .#### #.... ####. ..##. .#### ..#.. .#.#. #...# .#### #####",
            "..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... ....# .....",
            "..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... .###. .....",
        ],
    ),
    (
        "0123456789:.-@!",
        [
            ".###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###. ..... ..... ..... .###. #....",
            "#...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...# #.... ..... ..... #...# #....",
            "#..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...# ..... ..... ..... #.### #....",
            "#.#.# ..#.. ..##. ..##. #..#. ....# ####. ..#.. .###. .#### ..... ..... ####. #.#.# #....",
            "##..# ..#.. .#... ....# ##### ....# #...# ..#.. #...# ....# #.... ..... ..... #.### #....",
            "#...# ..#.. #.... #...# ...#. #...# #...# ..#.. #...# ....# ..... ..... ..... #.... .....",
            ".###. .###. ##### .###. ...#. .###. .###. ..#.. .###. .###. ..... #.... ..... .###. #....",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
            "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",
        ],
    ),
    (
        "_/,()+?",
        [
            "..... ....# ..... ..#.. #.... ..... .###.",
            "..... ...#. ..... .#... .#... ..#.. #...#",
            "..... ...#. ..... #.... ..#.. ..#.. ....#",
            "..... ..#.. ..... #.... ..#.. ##### ...#.",
            "..... .#... ..... #.... ..#.. ..#.. ..#..",
            "..... .#... ..#.. .#... .#... ..#.. .....",
            "..... #.... ..#.. ..#.. #.... ..... ..#..",
            "##### ..... .#... ..... ..... ..... .....",
            "..... ..... ..... ..... ..... ..... .....",
        ],
    ),
];

/// The shape of one letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    rows: [u8; ROWS],
    /// Columns that it takes.
    pub(super) width: usize,
}

impl Letter {
    /// The shape of `letter`; that of a space where the font has none.
    pub(super) fn of(letter: char) -> Self {
        let mut shape = Self { rows: [0; ROWS], width: 3 };
        for (letters, art) in &BANKS {
            let Some(at) = letters.chars().position(|known| known == letter) else { continue };
            let field = at * (COLUMNS + 1);
            let inked = |row: usize, column: usize| art[row].as_bytes()[field + column] == b'#';
            let first =
                (0..COLUMNS).find(|c| (0..ROWS).any(|row| inked(row, *c))).unwrap_or_default();
            shape.width = 0;
            for (row, bits) in shape.rows.iter_mut().enumerate() {
                for column in (first..COLUMNS).filter(|column| inked(row, *column)) {
                    *bits |= 1 << (column - first);
                    shape.width = shape.width.max(column - first + 1);
                }
            }
        }
        shape
    }

    /// Whether the font has `letter`, or shows it as a space.
    pub(crate) fn is_known(letter: char) -> bool {
        letter == ' ' || BANKS.iter().any(|(letters, _)| letters.contains(letter))
    }

    /// How much ink there is at a place measured in the letter's columns and rows, 0 to 1, running smoothly.
    pub(super) fn ink(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let row = |dy: f32| {
            let near = self.dot(left, top + dy) * (1.0 - across);
            near + self.dot(left + 1.0, top + dy) * across
        };
        row(0.0) * (1.0 - down) + row(1.0) * down
    }

    fn dot(&self, column: f32, row: f32) -> f32 {
        let inside = (0.0..COLUMNS as f32).contains(&column) && (0.0..ROWS as f32).contains(&row);
        f32::from(u8::from(inside && self.rows[row as usize] >> column as usize & 1 == 1))
    }
}

/// Width of `text` in columns, each letter with a column after it.
pub(super) fn columns(text: &str) -> f32 {
    text.chars().map(|letter| Letter::of(letter).width + 1).sum::<usize>() as f32
}

/// `text` in lines of at most `width` columns.
pub(super) fn wrapped(text: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + columns(" ") + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_field_and_some_ink() {
        for (letters, art) in &BANKS {
            for letter in letters.chars() {
                assert!(Letter::of(letter).rows.iter().any(|row| *row != 0), "{letter}");
            }
            let width = letters.len() * (COLUMNS + 1) - 1;
            assert!(art.iter().all(|row| row.len() == width), "{letters}");
        }
    }

    #[test]
    fn letters_take_the_columns_they_need() {
        assert_eq!(Letter::of('M').width, 5);
        assert_eq!(Letter::of('i').width, 1);
        assert_eq!(columns("Mi"), 8.0);
        assert_eq!(wrapped("to be or not", columns("to be ")), ["to be", "or", "not"]);
    }
}
