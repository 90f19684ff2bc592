//! The questions of `inspect` with their answers, in JSON.

use firstseen_assess::{Answer, origin};
use firstseen_media::Metadata;
use serde::Serialize;

/// One line of an answer.
#[derive(Serialize)]
pub(super) struct AnswerWire {
    question: &'static str,
    text: String,
    basis: Option<String>,
}

impl AnswerWire {
    /// All answers that a file's metadata give, in the order of the questions.
    pub(super) fn all(metadata: &Metadata) -> Vec<Self> {
        origin(metadata).into_iter().map(Self::of).collect()
    }

    fn of(answer: Answer) -> Self {
        let basis = Some(answer.basis).filter(|basis| !basis.is_empty());
        Self { question: answer.question.word(), text: answer.text, basis }
    }
}
