//! Least privilege, whole: each role is needed to its last permission, and allows nothing
//! but what it names.
//!
//! Without any one permission, the walk of its function must fail, and MiniStack must have
//! refused this action on this resource to this role. A walk that succeeds all the same
//! means that the permission is superfluous, or that no walk comes by what needs it.

mod everything;
mod quiet;
mod roles;
mod root;
mod table;
mod walks;

use crate::stack::{no_log_holds_what_was_said, run};
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
        no_log_holds_what_was_said(quiet.platform()).await;
        quiet.stop().await;
    });
}

/// With whole roles, every walk leads through, and nothing is refused on the way.
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

/// One walk without one permission.
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
        resource: quiet.logical(&permission.resource),
        action: permission.action,
        failed: walked.err(),
        denied,
    }
}

/// A walk, and what its function's role was refused on it.
async fn walk(quiet: &Quiet, function: &str, role: &Role) -> (walks::Walked, Vec<Denial>) {
    let before = quiet.denials().len();
    quiet.turn_back_the_knobs();
    let walked = walks::walk(quiet, function).await;
    let mut denials = quiet.denials().split_off(before);
    denials.retain(|denial| denial.role == role.name);
    (walked, denials)
}
