//! Literals as Python prints them, which is what a tool's CSV cells hold where it wrote a dictionary into one.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Map, Value};

use super::MOST_LEVELS;

/// The value that a literal stands for; `None` where it is none. Dates become texts as `2024-10-18 07:05:00+00:00`,
/// other objects nothing.
pub(super) fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.chars().peekable(), level: 0 };
    let value = reader.value()?;
    reader.blanks();
    reader.rest.next().is_none().then_some(value)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    level: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.blanks();
        match *self.rest.peek()? {
            '\'' | '"' => self.string().map(Value::String),
            '[' => self.items('[', ']').map(Value::Array),
            '(' => self.items('(', ')').map(Value::Array),
            '{' => self.dictionary(),
            c if c.is_ascii_digit() || c == '-' => self.number(),
            _ => self.named(),
        }
    }

    fn blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.blanks();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.next()?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                c if c == quote => return Some(text),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let digits = match self.rest.next()? {
            'n' => return Some('\n'),
            't' => return Some('\t'),
            'r' => return Some('\r'),
            c @ ('\\' | '\'' | '"') => return Some(c),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let code =
            (0..digits).try_fold(0, |code, _| Some(code * 16 + self.rest.next()?.to_digit(16)?))?;
        // Half of a pair stands for a letter that cannot be known alone.
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn number(&mut self) -> Option<Value> {
        let mut text = String::new();
        while let Some(c) =
            self.rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'))
        {
            text.push(c);
        }
        let whole = text.parse::<i64>().map(Value::from).ok();
        whole
            .or_else(|| text.parse().ok().and_then(serde_json::Number::from_f64).map(Value::Number))
    }

    /// What stands between brackets, separated by commas, with one more at the end or without.
    fn items(&mut self, open: char, close: char) -> Option<Vec<Value>> {
        self.deeper(open, close, |reader, items: &mut Vec<Value>| {
            items.push(reader.value()?);
            Some(())
        })
    }

    fn dictionary(&mut self) -> Option<Value> {
        let mut object = Map::new();
        let items = self.deeper('{', '}', |reader, items: &mut Vec<Value>| {
            let key = reader.value()?;
            if !reader.next_is(':') {
                items.push(key);
                return Some(());
            }
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            object.insert(key, reader.value()?);
            Some(())
        })?;
        Some(if items.is_empty() { Value::Object(object) } else { Value::Array(items) })
    }

    fn deeper<T: Default>(
        &mut self,
        open: char,
        close: char,
        mut each: impl FnMut(&mut Self, &mut T) -> Option<()>,
    ) -> Option<T> {
        self.level += 1;
        if self.level > MOST_LEVELS || !self.next_is(open) {
            return None;
        }
        let mut all = T::default();
        while !self.next_is(close) {
            each(self, &mut all)?;
            if !self.next_is(',') {
                if self.next_is(close) {
                    break;
                }
                return None;
            }
        }
        self.level -= 1;
        Some(all)
    }

    /// A word such as `None`, or an object as `datetime.datetime(2024, 10, 18, 7, 5)`.
    fn named(&mut self) -> Option<Value> {
        let mut name = String::new();
        while let Some(c) =
            self.rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        {
            name.push(c);
        }
        if name.is_empty() {
            return None;
        }
        if self.rest.peek() != Some(&'(') {
            return match name.as_str() {
                "True" => Some(Value::Bool(true)),
                "False" => Some(Value::Bool(false)),
                "None" => Some(Value::Null),
                name => Some(Value::String(name.to_owned())),
            };
        }
        let arguments = self.deeper('(', ')', |reader, arguments: &mut Vec<(String, Value)>| {
            let value = reader.value()?;
            let named = if reader.next_is('=') {
                (value.as_str()?.to_owned(), reader.value()?)
            } else {
                (String::new(), value)
            };
            arguments.push(named);
            Some(())
        })?;
        Some(object(&name, &arguments))
    }
}

/// What an object of this class is worth here.
fn object(class: &str, arguments: &[(String, Value)]) -> Value {
    let named = |name: &str| arguments.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let plain: Vec<i64> = arguments
        .iter()
        .filter(|(key, _)| key.is_empty())
        .filter_map(|(_, value)| value.as_i64())
        .collect();
    match class {
        // An offset stands in days and seconds, the days being -1 in the west.
        "datetime.timedelta" => {
            let part = |name: &str| named(name).and_then(Value::as_i64).unwrap_or_default();
            part("days")
                .checked_mul(86_400)
                .and_then(|days| days.checked_add(part("seconds")))
                .map_or(Value::Null, Value::from)
        }
        "datetime.timezone" => arguments.first().map_or(Value::Null, |(_, offset)| offset.clone()),
        "datetime.datetime" => {
            let [year, month, day, hour, minute, rest @ ..] = plain.as_slice() else {
                return Value::Null;
            };
            let second = rest.first().unwrap_or(&0);
            let zone = match named("tzinfo") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(utc)) if utc == "datetime.timezone.utc" => "+00:00".to_owned(),
                Some(Value::Number(offset)) => {
                    let minutes = offset.as_i64().unwrap_or_default() / 60;
                    let sign = if minutes < 0 { '-' } else { '+' };
                    format!(
                        "{sign}{:02}:{:02}",
                        minutes.unsigned_abs() / 60,
                        minutes.unsigned_abs() % 60
                    )
                }
                // A zone that is not understood makes the whole time unusable.
                Some(_) => {
                    return Value::String("a time in a zone that is not understood".to_owned());
                }
            };
            Value::String(format!(
                "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{zone}"
            ))
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_read_as_python_writes_them() {
        for (text, expected) in [
            (
                "{'a': 1, 'b': [None, True, -2.5], \"it's\": ('x',)}",
                json!({"a": 1, "b": [null, true, -2.5], "it's": ["x"]}),
            ),
            (r"'\u0421\xe9\n\'\\'", json!("\u{421}\u{e9}\n'\\")),
            ("{1: 'x'}", json!({"1": "x"})),
            ("{'a', 'b'}", json!(["a", "b"])),
            ("[]", json!([])),
            ("Path('/tmp/x')", json!(null)),
            ("datetime.datetime(2024, 10, 18, 7, 5)", json!("2024-10-18 07:05:00")),
            (
                "datetime.datetime(2024, 10, 18, 7, 5, 1, 22, tzinfo=datetime.timezone.utc)",
                json!("2024-10-18 07:05:01+00:00"),
            ),
            (
                "datetime.datetime(2024, 10, 18, 7, 5, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400)))",
                json!("2024-10-18 07:05:00-05:00"),
            ),
            (
                "datetime.datetime(2024, 10, 18, 7, 5, tzinfo=tzlocal())",
                json!("2024-10-18 07:05:00"),
            ),
            (
                "datetime.datetime(2024, 10, 18, 7, 5, tzinfo=X)",
                json!("a time in a zone that is not understood"),
            ),
        ] {
            assert_eq!(literal(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for text in [
            "",
            "{",
            "{'a'",
            "{'a': }",
            "[1 2]",
            "'a",
            "'\\q'",
            "<object at 0x7f>",
            "1 2",
            "f(",
            "{'a': 1}}",
        ] {
            assert_eq!(literal(text), None, "{text}");
        }
        assert_eq!(literal(&"[".repeat(100_000)), None);
        assert!(literal(&format!("{}{}", "[".repeat(60), "]".repeat(60))).is_some());
    }

    #[test]
    fn no_prefix_is_a_literal() {
        let text = "{'url': 'https://t.me/x/1', 'timestamp': datetime.datetime(2024, 10, 18, 7, 5, tzinfo=datetime.timezone.utc)}";
        for len in 0..text.len() {
            assert_eq!(literal(&text[..len]), None, "{len}");
        }
    }
}
