"""AWS's clients that answer what a test tells them, within what the services' own models allow both to say."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator


@cache
def _model(service: str) -> Any:
    return get_session().get_service_model(service)


class StrictAccount:
    """`answers`: `<service>.<operation>` in the SDK's spelling -> what it answers, by the request.

    `asked` collects the IAM actions of what was called, as far as an operation's name tells them.
    """

    def __init__(self, answers: Mapping[str, Callable[..., Mapping[str, Any]]]) -> None:
        self.answers = dict(answers)
        self.asked: set[str] = set()

    def service(self, name: str) -> "_Client":
        return _Client(self, name)


class _Client:
    def __init__(self, account: StrictAccount, service: str) -> None:
        self._account, self._service = account, service

    def __getattr__(self, method: str) -> Callable[..., Mapping[str, Any]]:
        model = _model(self._service)
        operation = next(one for one in model.operation_names if xform_name(one) == method)
        shapes = model.operation_model(operation)

        def call(**request: Any) -> Mapping[str, Any]:
            _check(request, shapes.input_shape, f"{operation} asked")
            self._account.asked.add(f"{model.signing_name}:{operation}")
            answer = self._account.answers[f"{self._service}.{method}"](**request)
            _check(answer, shapes.output_shape, f"{operation} answered")
            return answer

        return call


def _check(told: Mapping[str, Any], shape: Any, what: str) -> None:
    known = shape.members if shape is not None else {}
    assert told.keys() <= known.keys(), (what, told.keys() - known.keys())
    report = ParamValidator().validate(dict(told), shape) if shape is not None else None
    assert report is None or not report.has_errors(), (what, report.generate_report())
