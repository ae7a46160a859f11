//! Least privilege: every permission of every role is needed, and no role allows more than it names.
//!
//! The test removes one permission at a time. Then the walk of the function must fail, and MiniStack
//! must have refused this action on this resource to this role. If the walk succeeds, the permission
//! is superfluous, or the walk does not use it.

mod everything;
mod quiet;
mod roles;
mod root;
mod table;
mod walks;

use crate::stack::{no_log_holds_a_sent_text, run};
use quiet::{Denial, Quiet};
use roles::{Permission, Role};
use table::{Row, Table};

#[test]
fn every_permission_is_needed() {
    run(async {
        let quiet = Quiet::start().await;
        let mut roles = Vec::new();
        for function in quiet.functions() {
            let role = Role::read(quiet.platform(), &format!("{function}Role")).await;
            let allows_something = !role.permissions().is_empty();
            roles.extend(allows_something.then_some((function, role)));
        }
        every_walk_succeeds(&quiet, &roles).await;
        let mut table = Table::default();
        for (function, role) in &roles {
            for permission in role.permissions() {
                table.add(row(&quiet, function, role, permission).await);
            }
        }
        println!("{table}");
        table.proves_every_row();
        every_walk_succeeds(&quiet, &roles).await;
        no_log_holds_a_sent_text(quiet.platform()).await;
        quiet.stop().await;
    });
}

/// Checks that with complete roles every walk succeeds and no action is refused.
async fn every_walk_succeeds(quiet: &Quiet, roles: &[(String, Role)]) {
    let mut findings = Vec::new();
    for (function, role) in roles {
        let (walked, denials) = walk(quiet, function, role).await;
        if walked.is_err() || !denials.is_empty() {
            findings.push(format!("{function}: {walked:?}, refused: {denials:?}"));
        }
    }
    assert!(findings.is_empty(), "with whole roles everything must work:\n- {}", findings.join("\n- "));
}

/// Takes one walk without one permission.
async fn row(quiet: &Quiet, function: &str, role: &Role, permission: Permission) -> Row {
    role.without(quiet.platform(), &permission).await;
    if permission.action == "ssm:GetParameters" {
        quiet.start_anew(function).await;
    }
    let (walked, denials) = walk(quiet, function, role).await;
    role.restore(quiet.platform()).await;
    let denied = denials.iter().any(|denial| denial.action == permission.action && permission.covers(&denial.resource));
    Row {
        function: function.to_owned(),
        resource: match &permission.prefix {
            Some(prefix) => format!("{} below {prefix}", quiet.logical(&permission.resource)),
            None => quiet.logical(&permission.resource),
        },
        action: permission.action,
        failed: walked.err(),
        denied,
    }
}

/// A walk, and the actions that were refused to its function's role.
async fn walk(quiet: &Quiet, function: &str, role: &Role) -> (walks::Walked, Vec<Denial>) {
    let before = quiet.denials().len();
    quiet.turn_back_the_knobs();
    let walked = walks::walk(quiet, function).await;
    let mut denials = quiet.denials().split_off(before);
    denials.retain(|denial| denial.role == role.name);
    (walked, denials)
}
