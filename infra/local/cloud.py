"""Starts MiniStack with two corrections that the template needs, and with a log line for each refusal.

MiniStack authorises ssm:GetParameters on the resource `*`. So a role that may read two named parameters
may read none. AWS authorises the call for each named parameter, and so does this program.

MiniStack names a log stream after the date and the version of a function alone. In a log group of several
functions, AWS puts the function's name before the version, and so does this: `…[<function>[<version>]]<id>`.

For each refusal, the log has `denied <role> <action> <resource>`. The answer to the caller does not name
the resource.
"""

import contextvars
import json

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import lambda_svc

ACTION = "ssm:GetParameters"

resource_of = iam_actions.extract_resource_arn
enforce = iam_evaluator.enforce
emit_logs = lambda_svc._emit_lambda_logs
named = contextvars.ContextVar("named", default=())


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


def emit_logs_with_the_name(func, *arguments, **options):
    config = func.get("config") or func
    version = f"{config['FunctionName']}[{config.get('Version', '$LATEST')}]"
    emit_logs({**func, "config": {**config, "Version": version}}, *arguments, **options)


iam_actions.extract_resource_arn = resource_or_first_parameter
iam_evaluator.enforce = enforce_on_each
lambda_svc._emit_lambda_logs = emit_logs_with_the_name

if __name__ == "__main__":
    app.main()
