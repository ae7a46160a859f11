//! A section of a document about attacks, and how it is answered.

/// A section of an RFC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    /// Its number, such as `4.4`.
    pub(super) number: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    pub(super) answer: Answer,
}

/// How our service answers a section.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// These tests prove it, each as `path/of/file.rs::name_of_test`.
    Tests(&'static [&'static str]),
    /// It does not apply, for this reason.
    DoesNotApply(&'static str),
}

/// A section that these tests prove.
pub(super) const fn proven(number: &'static str, title: &'static str, tests: &'static [&'static str]) -> Section {
    Section { number, title, answer: Answer::Tests(tests) }
}

/// A section that does not apply.
pub(super) const fn does_not_apply(number: &'static str, title: &'static str, reason: &'static str) -> Section {
    Section { number, title, answer: Answer::DoesNotApply(reason) }
}
