//! Names as keys: without case, marks and script, and without what transliterations differ in.

/// U+00C0 to U+024F without marks and case; `.` is no letter.
const LATIN: &[u8] = b"\
aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggggggg\
hhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzsbbbb...c\
c.ddd..e.ffg...ikkl..nnooo..pp.....ttttuu.vyyzz.............dddlllnnnaaiioouuuuuuuuuueaaaa..ggggkkoo\
oo..jdddgg..nnaa..ooaaaaeeeeiiiioooorrrruuuusstt..hhnd..zzaaeeooooooooyylnt...accltsz..bu.eejj.qrryy";

/// U+1E00 to U+1EFF without marks and case; `.` is no letter.
const LATIN_ADDITIONAL: &[u8] = b"\
aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssss\
ssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyas....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeee\
iiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy....yy";

/// A name in lower case without marks, blanks and signs, Cyrillic in Latin letters, other scripts as they are.
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        if let Some(latin) = letters(c) {
            folded.push_str(latin);
        } else if let Some(letter) = unmarked(c) {
            folded.push(letter);
        } else if c.is_alphanumeric() && !is_mark(c) {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// What is left of a folded name without the letters in which transliterations differ: `sergeevka`, `sergeyevka` and
/// `sergejevka` are one. Names that only sound alike stay apart: vowels and consonants keep their places.
#[must_use]
pub fn skeleton(folded: &str) -> String {
    if !folded.bytes().any(|b| b.is_ascii_alphabetic()) {
        return folded.to_owned();
    }
    let mut text = folded.to_owned();
    // The order counts: "shch" before "ch" could be met, and "y" is "i" before "ie" is "e".
    for (from, to) in
        [("shch", "sh"), ("kh", "h"), ("zh", "z"), ("ph", "f"), ("w", "v"), ("j", "i"), ("y", "i")]
    {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    text = once(&text);
    if text.contains("ie") {
        text = once(&text.replace("ie", "e"));
    }
    text
}

/// Each run of one letter as one letter; digits stay.
fn once(text: &str) -> String {
    let mut last = '\0';
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        if c != last || !c.is_ascii_alphabetic() {
            kept.push(c);
        }
        last = c;
    }
    kept
}

/// The Latin letter under its marks.
fn unmarked(c: char) -> Option<char> {
    let code = c as usize;
    let letter = match code {
        0..0x80 => return c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase()),
        0xC0..0x250 => LATIN[code - 0xC0],
        0x1E00..0x1F00 => LATIN_ADDITIONAL[code - 0x1E00],
        _ => return None,
    };
    (letter != b'.').then_some(letter as char)
}

/// Marks that are written above and below letters, and those of Hebrew and Arabic, which are mostly left out.
fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36F | 0x591..=0x5C7 | 0x640 | 0x64B..=0x65F | 0x670 | 0x2B0..=0x2FF)
}

/// Letters that are more or less than one in Latin.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'þ' | 'Þ' => "th",
        'а' | 'А' => "a",
        'б' | 'Б' => "b",
        'в' | 'В' => "v",
        'г' | 'Г' | 'ґ' | 'Ґ' | 'ѓ' | 'Ѓ' => "g",
        'д' | 'Д' => "d",
        'е' | 'Е' | 'ё' | 'Ё' | 'э' | 'Э' | 'ѐ' | 'Ѐ' => "e",
        'ж' | 'Ж' => "zh",
        'з' | 'З' => "z",
        'и' | 'И' | 'й' | 'Й' | 'і' | 'І' | 'ѝ' | 'Ѝ' => "i",
        'к' | 'К' | 'ќ' | 'Ќ' => "k",
        'л' | 'Л' => "l",
        'м' | 'М' => "m",
        'н' | 'Н' => "n",
        'о' | 'О' => "o",
        'п' | 'П' => "p",
        'р' | 'Р' => "r",
        'с' | 'С' => "s",
        'т' | 'Т' => "t",
        'у' | 'У' | 'ў' | 'Ў' => "u",
        'ф' | 'Ф' => "f",
        'х' | 'Х' => "kh",
        'ц' | 'Ц' => "ts",
        'ч' | 'Ч' => "ch",
        'ш' | 'Ш' => "sh",
        'щ' | 'Щ' => "shch",
        'ъ' | 'Ъ' | 'ь' | 'Ь' => "",
        'ы' | 'Ы' => "y",
        'ю' | 'Ю' => "yu",
        'я' | 'Я' => "ya",
        'ї' | 'Ї' => "yi",
        'є' | 'Є' => "ye",
        'ј' | 'Ј' => "j",
        'љ' | 'Љ' => "lj",
        'њ' | 'Њ' => "nj",
        'ћ' | 'Ћ' => "c",
        'ђ' | 'Ђ' | 'џ' | 'Џ' => "dz",
        'ѕ' | 'Ѕ' => "dz",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(names: &[&str]) {
        let keys: Vec<String> = names.iter().map(|name| skeleton(&fold(name))).collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}: {keys:?}");
    }

    #[test]
    fn transliterations_of_one_name_have_one_skeleton() {
        alike(&["Sergeevka", "Sergeyevka", "Sergejevka", "SERGEEVKA", "Сергеевка"]);
        alike(&["Serhiivka", "Serhiyivka", "Serhijivka"]);
        alike(&["Khar'kov", "Kharkov", "Харьков", "Har’kov"]);
        alike(&["Zaporizhzhia", "Zaporizhzhya", "Запоріжжя"]);
        alike(&["Malmö", "Malmo\u{308}", "MALMÖ", "Malmo"]);
        alike(&["Saint-Denis", "Saint Denis", "saint‐denis"]);
    }

    #[test]
    fn different_names_stay_apart() {
        let keys: Vec<String> =
            ["Kursk", "Kurgan", "Kyiv", "Kirov", "Lviv", "Lvov", "Goma", "Homa"]
                .iter()
                .map(|name| skeleton(&fold(name)))
                .collect();
        let mut unique = keys.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), keys.len(), "{keys:?}");
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        assert_eq!(fold("서울"), "서울");
        assert_eq!(fold("東京 都"), "東京都");
        assert_eq!(fold("غَزّة"), "غزة");
        assert_eq!(fold("٣"), "٣");
        assert_eq!(fold(" -'’ "), "");
    }
}
