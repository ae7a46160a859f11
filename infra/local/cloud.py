"""Starts MiniStack with five corrections that the template needs, and with a log line for each refusal.

MiniStack authorises ssm:GetParameters on the resource `*`. So a role that may read two named parameters
may read none. AWS authorises the call for each named parameter, and so does this program.

MiniStack names a log stream after the date and the version of a function alone. In a log group of several
functions, AWS puts the function's name before the version, and so does this: `…[<function>[<version>]]<id>`.

MiniStack's CloudFormation ignores ReservedConcurrentExecutions of a function. So this passes it on.

MiniStack counts all calls against the places of the account (LAMBDA_ACCOUNT_CONCURRENCY). AWS takes the
reserved places out: a function with a reservation has its own places and no others, and all other functions
share the rest. So does this.

MiniStack says in each event of the HTTP API that the request came from 127.0.0.1. AWS says the address that
connected. The front proxy puts that address last into x-forwarded-for, and this copies it into the event.

For each refusal, the log has `denied <role> <action> <resource>`. The answer to the caller does not name
the resource.
"""

import contextvars
import json

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

ACTION = "ssm:GetParameters"
FUNCTION = "AWS::Lambda::Function"

resource_of = iam_actions.extract_resource_arn
enforce = iam_evaluator.enforce
emit_logs = lambda_svc._emit_lambda_logs
execute = lambda_svc._execute_function_with_config_scope
create_function = provisioners._RESOURCE_HANDLERS[FUNCTION]["create"]
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


def execute_with_the_source(record, event, *arguments, **options):
    if isinstance(event, dict) and event.get("version") == "2.0" and "requestContext" in event:
        hops = event.get("headers", {}).get("x-forwarded-for", "")
        event["requestContext"]["http"]["sourceIp"] = hops.rpartition(",")[2].strip() or "127.0.0.1"
    return execute(record, event, *arguments, **options)


# The reserved places of functions, by MiniStack's keys of running calls.
reservations = {}


def create_function_with_its_places(logical_id, properties, stack):
    name, attributes = create_function(logical_id, properties, stack)
    places = properties.get("ReservedConcurrentExecutions")
    if places is not None:
        function = lambda_svc._functions[name]
        function["concurrency"] = int(places)
        reservations[lambda_svc._inflight_key(function["config"])] = int(places)
    return name, attributes


def take_a_place(_function, config):
    """The key of a place that is free, and None; or None, and whose places are taken."""
    key = lambda_svc._inflight_key(config)
    with lambda_svc._inflight_lock:
        running = lambda_svc._inflight
        if key in reservations:
            if running.get(key, 0) >= reservations[key]:
                return None, "function"
        else:
            shared = lambda_svc._ACCOUNT_CONCURRENCY_CAP - sum(reservations.values())
            if sum(calls for other, calls in running.items() if other not in reservations) >= shared:
                return None, "account"
        running[key] = running.get(key, 0) + 1
        lambda_svc._inflight_total += 1
    return key, None


iam_actions.extract_resource_arn = resource_or_first_parameter
iam_evaluator.enforce = enforce_on_each
lambda_svc._emit_lambda_logs = emit_logs_with_the_name
lambda_svc._execute_function_with_config_scope = execute_with_the_source
lambda_svc._acquire_execution_slot = take_a_place
provisioners._RESOURCE_HANDLERS[FUNCTION]["create"] = create_function_with_its_places

if __name__ == "__main__":
    app.main()
