"""Starts MiniStack, with two corrections that the template's least privilege needs, and one line more.

MiniStack authorises ssm:GetParameters on the resource `*`, so a role that may read two named parameters
may read none. AWS authorises it for each parameter that the call names, and so does this.

MiniStack authorises DeleteObjects as s3:DeleteObjectVersion for each object that names a version, except
for the first one. AWS makes no exception, and neither does this.

What a role is refused stands in the log with the resource: `denied <role> <action> <resource>`. The
answer does not name it.
"""

import contextvars
import json

from ministack import app
from ministack.core import iam_actions, iam_evaluator

ACTION = "ssm:GetParameters"

action_of = iam_actions.extract_iam_action
resource_of = iam_actions.extract_resource_arn
enforce = iam_evaluator.enforce
named = contextvars.ContextVar("named", default=())


def action_on_first_object(service, method, path, headers, body, query):
    action = action_of(service, method, path, headers, body, query)
    if action == "s3:DeleteObject" and method == "POST":
        for _, version in iam_actions._s3_batch_delete_targets("", body)[:1]:
            return "s3:DeleteObjectVersion" if version else action
    return action


def resource_or_first_parameter(service, method, path, headers, body, query, region, account):
    if service != "ssm" or headers.get("x-amz-target", "").rpartition(".")[2] != "GetParameters":
        return resource_of(service, method, path, headers, body, query, region, account)
    names = json.loads(body or b"{}").get("Names") or ["/"]
    arns = [f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}" for name in names]
    named.set(arns[1:])
    return arns[0]


def enforce_and_tell(access_key, action, *arguments, **options):
    denied = enforce(access_key, action, *arguments, **options)
    if isinstance(denied, iam_evaluator.EvalResult):
        # arn:aws:sts::<account>:assumed-role/<role>/<session>
        role = denied.principal_arn.split("/")[1:2]
        print("denied", *role, action, options.get("resource_arn", "*"), flush=True)
    return denied


def enforce_on_each(access_key, action, *arguments, **options):
    denied = enforce_and_tell(access_key, action, *arguments, **options)
    if action == ACTION:
        for arn in named.get():
            denied = denied or enforce_and_tell(access_key, action, *arguments, **{**options, "resource_arn": arn})
    return denied


iam_actions.extract_iam_action = action_on_first_object
iam_actions.extract_resource_arn = resource_or_first_parameter
iam_evaluator.enforce = enforce_on_each

if __name__ == "__main__":
    app.main()
