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
    /// These tests prove it against the fakes, and one thing rests on a real partner: the beginning of a line of "Not tried
    /// yet" in `infra/deploy.md`.
    TestsBut(&'static [&'static str], &'static str),
    /// It does not apply, for this reason.
    DoesNotApply(&'static str),
}

/// A section that these tests prove.
pub(super) const fn proven(number: &'static str, title: &'static str, tests: &'static [&'static str]) -> Section {
    Section { number, title, answer: Answer::Tests(tests) }
}

/// A section that these tests prove, but for one thing that is not tried yet.
pub(super) const fn proven_but(
    number: &'static str,
    title: &'static str,
    tests: &'static [&'static str],
    not_tried: &'static str,
) -> Section {
    Section { number, title, answer: Answer::TestsBut(tests, not_tried) }
}

/// A section that does not apply.
pub(super) const fn does_not_apply(number: &'static str, title: &'static str, reason: &'static str) -> Section {
    Section { number, title, answer: Answer::DoesNotApply(reason) }
}
